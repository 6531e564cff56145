"""What ``hutch grafana check`` tells, one thing at a time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, in words, and what to do.

    ``ok`` is None where it could not be told.
    """

    what: str
    ok: bool | None
    said: str
    remedy: str = ""
