"""How alarms come and go: pending, firing, resolved. Pure; ``now`` is passed in."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from influx.alarms import Alarm, Stage, key_of
from influx.findings import Finding, Verdict
from influx.rules import RULES

HISTORY = timedelta(days=7)
"""How long pages show what is over."""
FORGOTTEN = timedelta(days=1)
"""An alarm of which nothing is known for so long has ended with what it was about."""
GAP = timedelta(minutes=6)
"""Who did not look for so long knows nothing of what lasted meanwhile."""


def step(
    before: Mapping[str, Alarm], findings: Iterable[Finding], now: datetime, looked: datetime | None
) -> dict[str, Alarm]:
    """The alarms after a look at ``now`` that found ``findings``; ``looked`` is when the look before was.

    What was pending before a longer gap begins anew. Nothing flaps: between a threshold and its margin an
    alarm stays what it was, and where nothing is known too.
    """
    after = {key: alarm for key, alarm in before.items() if not _is_past(alarm, now)}
    if looked is None or now - looked > GAP:
        after = {key: alarm for key, alarm in after.items() if alarm.stage is not Stage.PENDING}
    for finding in findings:
        key = key_of(finding)
        known = after.pop(key, None)
        new = _next(known, finding, now)
        if new is not None:
            after[key] = new
    return {key: _aged(alarm, now) for key, alarm in after.items()}


def _next(alarm: Alarm | None, finding: Finding, now: datetime) -> Alarm | None:
    if alarm is None or alarm.stage is Stage.RESOLVED:
        return _begun(finding, now) if finding.verdict is Verdict.BEYOND else alarm
    match finding.verdict:
        case Verdict.BEYOND:
            return _lasting(_renewed(alarm, finding, now), now)
        case Verdict.EDGE:
            return _renewed(alarm, finding, now)
        case Verdict.UNKNOWN:
            return alarm if alarm.stage is Stage.FIRING else None
    if alarm.stage is Stage.PENDING:
        return None
    over = _renewed(alarm, finding, now) if finding.verdict is Verdict.INSIDE else alarm
    return over.model_copy(
        update={"stage": Stage.RESOLVED, "resolved": now, "unwatched": finding.verdict is Verdict.OFF}
    )


def _begun(finding: Finding, now: datetime) -> Alarm:
    assert finding.side is not None  # what is beyond is beyond something
    assert finding.value is not None
    assert finding.threshold is not None
    alarm = Alarm(
        rule=finding.rule,
        kind=finding.subject.kind,
        subject=finding.subject.name,
        severity=finding.severity,
        unit=finding.unit,
        stage=Stage.PENDING,
        side=finding.side,
        value=finding.value,
        threshold=finding.threshold,
        how=finding.how,
        since=min(finding.since or now, now),
        began=now,
        known=now,
    )
    return _lasting(alarm, now)


def _lasting(alarm: Alarm, now: datetime) -> Alarm:
    if alarm.stage is Stage.PENDING and now - alarm.began >= RULES[alarm.rule].lasts:
        return alarm.model_copy(update={"stage": Stage.FIRING, "fired": now})
    return alarm


def _renewed(alarm: Alarm, finding: Finding, now: datetime) -> Alarm:
    new: dict[str, object] = {"value": finding.value, "known": now, "unit": finding.unit}
    if finding.verdict is Verdict.BEYOND:
        new |= {"threshold": finding.threshold, "side": finding.side, "how": finding.how}
        if finding.side is not alarm.side:  # too cold before, too warm now: that is told anew
            new |= {"since": finding.since or now, "told": {}}
    return alarm.model_copy(update=new)


def _is_past(alarm: Alarm, now: datetime) -> bool:
    return alarm.resolved is not None and now - alarm.resolved > HISTORY and not alarm.told


def _aged(alarm: Alarm, now: datetime) -> Alarm:
    if alarm.stage is Stage.FIRING and now - alarm.known > FORGOTTEN:
        return alarm.model_copy(update={"stage": Stage.RESOLVED, "resolved": now, "unwatched": True})
    return alarm
