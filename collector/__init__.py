"""Readings, and the way points leave the node."""
