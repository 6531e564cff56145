"""One file a dashboard; each panel is a function that names what it asks and how it is drawn."""
