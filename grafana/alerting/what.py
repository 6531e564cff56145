"""The three numbers of a subject that a query answers, as three points of one series.

Grafana makes one number of a series for a label, and asks the database anew for each query of a rule. So one
query tells all three, far enough apart that the last, the largest and the least of them are found.
"""

from enum import StrEnum

APART = 100_000_000.0
"""What is added to the value and taken from the limit: more than any limit and any value below 0 is, and so
little that seven digits behind the point are left.
"""


class What(StrEnum):
    """Which number of a subject is told, as Grafana's reducer that finds it."""

    STATE = "last"
    """1 where it is beyond its threshold, or was and has not come back by the margin; else 0."""
    VALUE = "max"
    """What it is, in the rule's unit."""
    LIMIT = "min"
    """The threshold that is the nearer to it, in the rule's unit."""
