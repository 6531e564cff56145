"""What a query of an alert rule can be for."""

from enum import StrEnum


class What(StrEnum):
    """Which number of a subject is told."""

    STATE = "state"
    """1 where it is beyond its threshold, or was and has not come back by the margin; else 0."""
    VALUE = "value"
    """What it is, in the rule's unit."""
    LIMIT = "limit"
    """The threshold that is the nearer to it, in the rule's unit."""
