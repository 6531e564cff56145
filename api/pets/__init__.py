"""Who lives here: the catalogue, photographs, and where each likes to be."""
