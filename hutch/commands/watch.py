"""``hutch watch``: find the events in a recording."""


def watch() -> None:
    """Find the events in FILE."""
