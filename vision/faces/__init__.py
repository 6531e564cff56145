"""People of the household, known by their faces."""
