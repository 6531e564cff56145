"""How alarms come and go: pending, firing, resolved. Pure; ``now`` is passed in."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from influx.alarms import Alarm, Stage, key_of
from influx.findings import Finding, Verdict
from influx.rule import Reduce
from influx.rules import RULES

HISTORY = timedelta(days=7)
"""How long pages show what is over."""
FORGOTTEN = timedelta(days=1)
"""An alarm of which nothing is known for so long has ended with what it was about."""
GAP = timedelta(minutes=6)
"""Who did not look for so long knows nothing of what lasted meanwhile."""
_ALONE = timedelta(seconds=55)
"""After so long a reading is believed without a second: a sensor may speak seldom, or have died of the heat.
With a look every 20 s a mail comes within 90 s of the reading.
"""

_MOMENTS = ("since", "began", "known", "fired", "inside", "resolved")


def begun(kept: datetime | None, looked: datetime | None, now: datetime) -> datetime:
    """Since when somebody looks without a longer gap, of whom it was ``kept`` when they ``looked`` last.

    It is ``now`` after a gap, and where the clock was set back.
    """
    if looked is None or kept is None or kept > now or abs(now - looked) > GAP:
        return now
    return kept


def step(
    before: Mapping[str, Alarm], findings: Iterable[Finding], now: datetime, looking_since: datetime
) -> dict[str, Alarm]:
    """The alarms after a look at ``now`` that found ``findings``; ``looking_since`` is as ``begun`` has it.

    What was pending before that begins anew. Nothing flaps: between a threshold and its margin an alarm stays
    what it was, and where nothing is known too, but for what nothing was known of in a whole day of looks.
    """
    after = {
        key: alarm
        for key, alarm in ((key, _set_back(alarm, now)) for key, alarm in before.items())
        if not _is_past(alarm, now) and (alarm.stage is not Stage.PENDING or alarm.began >= looking_since)
    }
    for finding in findings:
        key = key_of(finding)
        known = after.pop(key, None)
        new = _next(known, finding, now, looking_since)
        if new is not None:
            after[key] = new
    return after


def _next(alarm: Alarm | None, finding: Finding, now: datetime, looking_since: datetime) -> Alarm | None:
    if alarm is None or alarm.stage is Stage.RESOLVED:
        return _begun(finding, now) if finding.verdict is Verdict.BEYOND else alarm
    match finding.verdict:
        case Verdict.BEYOND:
            return _lasting(_renewed(alarm, finding, now), finding, now)
        case Verdict.EDGE:
            return _renewed(alarm, finding, now)
    if alarm.stage is Stage.PENDING:
        return None
    match finding.verdict:
        case Verdict.UNKNOWN:
            is_old = now - max(alarm.known, looking_since) > FORGOTTEN
            return _ended(alarm, now, unwatched=True, unheard=True) if is_old else alarm
        case Verdict.OFF:
            return _ended(alarm, now, unwatched=True)
    if alarm.inside is None:
        return alarm.model_copy(update={"inside": now, "known": now})
    if not _is_believed(finding, alarm.inside, alarm.inside, now):
        return alarm.model_copy(update={"known": now})
    return _ended(_renewed(alarm, finding, now), now)


def _ended(alarm: Alarm, now: datetime, *, unwatched: bool = False, unheard: bool = False) -> Alarm:
    over = {"stage": Stage.RESOLVED, "resolved": now, "unwatched": unwatched, "unheard": unheard}
    return alarm.model_copy(update=over)


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
    return _lasting(alarm, finding, now)


def _lasting(alarm: Alarm, finding: Finding, now: datetime) -> Alarm:
    if alarm.stage is not Stage.PENDING or now - alarm.began < RULES[alarm.rule].lasts:
        return alarm
    if not _is_believed(finding, alarm.since, alarm.began, now):
        return alarm
    return alarm.model_copy(update={"stage": Stage.FIRING, "fired": now})


def _is_believed(finding: Finding, first: datetime, since: datetime, now: datetime) -> bool:
    """Whether it is no single wrong reading: another came after ``first``, or none for long enough."""
    if RULES[finding.rule].reduce is not Reduce.LAST or finding.since is None:
        return True
    return finding.since > first or now - since >= _ALONE


def _renewed(alarm: Alarm, finding: Finding, now: datetime) -> Alarm:
    new: dict[str, object] = {"value": finding.value, "unit": finding.unit, "inside": None}
    if not finding.gone:
        new["known"] = now
    if finding.side is alarm.side:
        new["threshold"] = finding.threshold
    if finding.verdict is Verdict.BEYOND:
        new |= {"threshold": finding.threshold, "side": finding.side, "how": finding.how}
        if finding.side is not alarm.side:  # too cold before, too warm now: that is told anew
            new |= {"since": finding.since or now, "told": {}}
    return alarm.model_copy(update=new)


def _set_back(alarm: Alarm, now: datetime) -> Alarm:
    """``alarm``, of which nothing is yet to come, also where the clock was set back to ``now``."""
    moments = {name: getattr(alarm, name) for name in _MOMENTS}
    new: dict[str, object] = {name: now for name, at in moments.items() if at is not None and at > now}
    if any(at > now for at in alarm.told.values()):
        new["told"] = {name: min(at, now) for name, at in alarm.told.items()}
    return alarm.model_copy(update=new) if new else alarm


def _is_past(alarm: Alarm, now: datetime) -> bool:
    return alarm.resolved is not None and now - alarm.resolved > HISTORY and not alarm.told
