"""Readings as people ask for them: one value a place, and any history for a spreadsheet."""
