"""When and how often Grafana tells of an alarm, by its severity.

It is said in each rule (``notification_settings``) and not in Grafana's one tree of policies: that is the
owner's, and a file that made it ours, or took it back, would throw away what they had there.
"""

from datetime import time, timedelta
from typing import Any

from grafana.home import Home
from influx.rule import Severity

EVERY: dict[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(seconds=20),
    Severity.WARNING: timedelta(minutes=1),
}
"""How often rules are evaluated; Grafana takes whole tens of seconds."""
WELL = timedelta(seconds=15)
"""An alarm is over when it was inside at two evaluations, as in ``hutch.alerting.stages``."""
GROUP_WAIT = timedelta(seconds=5)
"""What one evaluation finds is one mail."""
GROUP_INTERVAL = timedelta(seconds=10)
"""So soon is told what comes to a mail that was sent, and that it is over."""
QUIET = "Hutch: quiet hours"
_NEVER = timedelta(days=365)


def told_within(severity: Severity, lasts: timedelta) -> timedelta:
    """The longest time from a reading that is written to the mail that leaves, of an alarm that ``lasts`` so
    long, or of its end, which lasts ``WELL``.

    Up to one evaluation until the reading is seen, whole evaluations until ``lasts`` is over, and the wait
    for others. What is critical and lasts 15 s leaves within 20 + 20 + 10 = 50 s, so that 40 s are left for
    the queries and the mail server where 90 s are promised.
    """
    every = EVERY[severity]
    evaluations = -(-lasts // every)
    return every * (1 + evaluations) + max(GROUP_WAIT, GROUP_INTERVAL)


def settings(severity: Severity, receiver: str, home: Home) -> dict[str, Any]:
    """How a rule of that severity is told by the contact point ``receiver``."""
    notices = home.notices
    again = notices.again_critical if severity is Severity.CRITICAL else notices.again_warning
    told = {
        "receiver": receiver,
        "group_by": ["grafana_folder", "alertname"],
        "group_wait": duration(GROUP_WAIT),
        "group_interval": duration(GROUP_INTERVAL),
        "repeat_interval": duration(again or _NEVER),
    }
    is_quiet = severity is Severity.WARNING and notices.quiet is not None
    return told | ({"mute_time_intervals": [QUIET]} if is_quiet else {})


def mute_times(home: Home) -> list[dict[str, Any]]:
    """The quiet hours, in which warnings wait; none where there are none."""
    if home.notices.quiet is None:
        return []
    start, stop = home.notices.quiet
    times = (
        [(start, stop)] if start < stop else [(start, None), *([(time(0), stop)] if stop != time(0) else [])]
    )
    interval = {
        "times": [{"start_time": _clock(first), "end_time": _clock(last)} for first, last in times],
        "location": home.zone.key,
    }
    return [{"orgId": 1, "name": QUIET, "time_intervals": [interval]}]


def duration(length: timedelta) -> str:
    """As Prometheus writes it: ``90s``."""
    return f"{length // timedelta(seconds=1)}s"


def _clock(moment: time | None) -> str:
    return "24:00" if moment is None else f"{moment:%H:%M}"
