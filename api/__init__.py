"""Thin: the live picture, the clips, what devices send, and the pages people look at."""
