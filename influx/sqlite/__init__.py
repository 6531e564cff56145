"""The SQLite file from the inside: its statements, and how it is healed."""
