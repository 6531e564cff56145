"""Readings as people ask for them: one value a location, and any history for a spreadsheet."""
