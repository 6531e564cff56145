"""Cameras as they are now: their processes, the streams people watch, photos and recordings on demand."""
