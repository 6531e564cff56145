"""Cameras: the protocol, and the table of kinds."""
