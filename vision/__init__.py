"""Frames to events and clips: one process a camera."""
