"""Cameras as they are now: their processes, the streams people watch, and captures."""
