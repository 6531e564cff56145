"""Sensors: the protocol, and the table of kinds."""
