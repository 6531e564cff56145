"""How alarms come and go, minute by minute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch.alerting.stages import GAP, HISTORY, begun, step
from influx.alarms import Alarm, Stage
from influx.alert_rules import Side, SubjectKind, Thresholds
from influx.alert_settings import Subject
from influx.findings import Finding, Verdict, judged
from influx.measured import Measured
from influx.rules import RULES

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
HUTCH = Subject(SubjectKind.LOCATION, "hutch")
SAFE = Thresholds(15.6, 23.9)
LOOK = timedelta(seconds=20)


def at(value: float, now: datetime, rule: str = "temperature", limits: Thresholds | None = SAFE) -> Finding:
    return judged(RULES[rule], HUTCH, Measured(value, now), limits)


def nothing(rule: str = "temperature") -> Finding:
    return Finding(rule, HUTCH, Verdict.UNKNOWN, RULES[rule].severity, RULES[rule].alert.unit)


def looks(found: Sequence[Finding], every: timedelta = LOOK, *, fresh: bool = True) -> list[Alarm | None]:
    """The one alarm after each look; ``fresh``: each finding is of a reading of its own."""
    alarms: dict[str, Alarm] = {}
    since: datetime | None = None
    looked: datetime | None = None
    told = []
    for number, finding in enumerate(found):
        now = NOW + number * every
        since = begun(since, looked, now)
        moment = now if fresh and finding.since is not None else finding.since
        alarms = step(alarms, [replace(finding, since=moment)], now, since)
        looked = now
        told.append(next(iter(alarms.values()), None))
    return told


def stages(found: Sequence[Finding], every: timedelta = LOOK, *, fresh: bool = True) -> list[Stage | None]:
    return [None if alarm is None else alarm.stage for alarm in looks(found, every, fresh=fresh)]


def test_what_lasts_fires_and_what_is_inside_by_the_margin_is_over() -> None:
    found = [at(value, NOW) for value in (23, 24, 24.1, 23.8, 23.59, 23, 23)]
    assert stages(found) == [None, "pending", "firing", "firing", "firing", "resolved", "resolved"]


def test_one_wrong_reading_fires_nothing() -> None:
    assert stages([at(value, NOW) for value in (23, 85, 23, 23)]) == [None, "pending", None, None]


def test_one_wrong_reading_fires_nothing_though_it_is_looked_at_several_times() -> None:
    each_minute = [at(85, NOW)] * 3 + [at(23, NOW + timedelta(minutes=1))] * 3
    assert stages(each_minute, fresh=False) == ["pending"] * 3 + [None] * 3


def test_a_sensor_that_dies_hot_or_speaks_seldom_is_believed_after_a_minute() -> None:
    assert stages([at(85, NOW)] * 5, fresh=False) == ["pending"] * 3 + ["firing"] * 2


def test_one_wrong_reading_is_no_all_clear() -> None:
    found = [at(value, NOW) for value in (24, 24, 20, 24, 20, 20)]
    assert stages(found)[1:] == ["firing"] * 4 + ["resolved"]
    hot, cool = at(24, NOW), at(20, NOW + LOOK)
    told = looks([hot] * 4 + [cool] * 2 + [hot], fresh=False)
    assert [alarm.stage for alarm in told[3:] if alarm] == ["firing"] * 4
    assert [alarm.value for alarm in told[3:] if alarm] == [24] * 4, "it is too warm, not 20 °C"
    assert stages([hot] * 4 + [cool] * 4, fresh=False)[-2:] == ["firing", "resolved"], "a minute is enough"


def test_what_is_over_says_the_limit_that_holds_by_then() -> None:
    raised = Thresholds(15.6, 26)
    over = looks([at(25, NOW), at(25, NOW), *[at(25, NOW, limits=raised)] * 2])[-1]
    assert over is not None
    assert (over.stage, over.value, over.threshold) == (Stage.RESOLVED, 25, 26)


def test_what_a_dead_sensor_said_last_stays_what_it_was() -> None:
    (hot,) = [alarm for alarm in looks([at(31, NOW)] * 2)[1:] if alarm]
    cool = replace(Measured(20, NOW), and_gone=Measured(31, NOW))
    later = NOW + timedelta(minutes=30)
    stays = step({hot.key: hot}, [judged(RULES["temperature"], HUTCH, cool, SAFE)], later, NOW)[hot.key]
    assert (stays.stage, stays.value, stays.known) == (Stage.FIRING, 31, hot.known)


@pytest.mark.parametrize(("rule", "looks_until_it_fires"), [("humidity", 16), ("disagreement", 31)])
def test_each_rule_waits_as_long_as_it_says(rule: str, looks_until_it_fires: int) -> None:
    found = [at(90, NOW, rule, Thresholds(high=70))] * 40
    assert stages(found).index(Stage.FIRING) == looks_until_it_fires - 1


def test_an_edge_begins_nothing_and_ends_nothing() -> None:
    assert stages([at(23.8, NOW)] * 3) == [None] * 3
    found = [at(value, NOW) for value in (24, 24, 23.8, 24, 23.8)]
    assert stages(found)[1:] == ["firing"] * 4
    assert stages([at(24, NOW), at(23.8, NOW), at(23.8, NOW)]) == ["pending"] * 3, "edges alone fire nothing"


def test_what_nobody_knows_is_neither_begun_nor_over() -> None:
    found = [at(24, NOW), at(24, NOW), nothing(), nothing(), at(23, NOW), at(23, NOW)]
    assert stages(found) == ["pending", "firing", "firing", "firing", "firing", "resolved"]
    assert stages([at(24, NOW), nothing(), at(24, NOW)]) == ["pending", None, "pending"]


def test_what_is_not_known_for_a_day_has_ended_with_what_it_was_about() -> None:
    alarm = looks([at(24, NOW)] * 2 + [nothing()] * 26, timedelta(hours=1))[-1]
    assert alarm is None, "it was pending over a gap each time"
    known = looks([at(24, NOW)] * 2)[-1]
    assert known is not None
    day = NOW + timedelta(hours=25)
    later = step({known.key: known}, [nothing()], day, NOW)[known.key]
    assert (later.stage, later.unwatched) == (Stage.RESOLVED, True)
    unasked = step({known.key: known}, [], day, NOW)[known.key]
    assert unasked == known, "nobody could look"
    just_back = step({known.key: known}, [nothing()], day, day - timedelta(hours=1))[known.key]
    assert just_back == known, "nobody looked for most of the day"


def test_who_switches_a_rule_off_ends_its_alarm() -> None:
    alarm = looks([at(24, NOW), at(24, NOW), at(24, NOW, limits=None)])[-1]
    assert alarm is not None
    assert (alarm.stage, alarm.unwatched) == (Stage.RESOLVED, True)


def test_who_did_not_look_for_long_does_not_believe_that_it_lasted() -> None:
    assert stages([at(24, NOW)] * 3, GAP + LOOK) == ["pending"] * 3
    assert stages([at(24, NOW)] * 2, GAP - LOOK) == ["pending", "firing"]


def test_what_fires_outlasts_a_gap() -> None:
    (firing,) = [alarm for alarm in looks([at(24, NOW)] * 2)[1:] if alarm]
    later = step({firing.key: firing}, [at(24, NOW)], NOW + timedelta(days=3), NOW)[firing.key]
    assert later == firing.model_copy(update={"known": NOW + timedelta(days=3), "value": 24})


def test_too_warm_after_too_cold_is_told_anew() -> None:
    (cold,) = [alarm for alarm in looks([at(10, NOW)] * 2)[1:] if alarm]
    told = cold.model_copy(update={"told": {"me": NOW}})
    warm = step({cold.key: told}, [at(30, NOW + LOOK)], NOW + LOOK, NOW)[cold.key]
    assert (warm.side, warm.told, warm.since) == (Side.HIGH, {}, NOW + LOOK)


def test_what_is_over_is_shown_for_a_week() -> None:
    over = looks([at(24, NOW), at(24, NOW), at(20, NOW), at(20, NOW)])[-1]
    assert over is not None
    assert step({over.key: over}, [], NOW + HISTORY, NOW)
    assert not step({over.key: over}, [], NOW + HISTORY + 4 * LOOK, NOW)


@pytest.mark.parametrize(
    ("looked", "kept", "since"),
    [
        (None, None, NOW),
        (NOW - LOOK, None, NOW),
        (NOW - LOOK, NOW - timedelta(days=3), NOW - timedelta(days=3)),
        (NOW - GAP - LOOK, NOW - timedelta(days=3), NOW),
        (NOW + timedelta(hours=1), NOW - timedelta(days=3), NOW),
        (NOW + LOOK, NOW + LOOK, NOW),
    ],
)
def test_who_was_away_or_whose_clock_was_set_back_begins_anew(
    looked: datetime | None, kept: datetime | None, since: datetime
) -> None:
    assert begun(kept, looked, NOW) == since


@given(st.lists(st.floats(-0.14, 0.14), min_size=20, max_size=60), st.floats(23.7, 24.1))
def test_noise_smaller_than_the_margin_never_flaps(noise: list[float], around: float) -> None:
    found = [at(around + one, NOW) for one in noise]
    seen = [stage for stage in stages(found) if stage in (Stage.FIRING, Stage.RESOLVED)]
    changes = sum(one is not other for one, other in pairwise(seen))
    assert changes == 0, "what fires goes on firing"


@given(st.lists(st.floats(10, 30), min_size=2, max_size=80))
def test_whatever_is_measured_it_fires_only_beyond_and_is_over_only_inside(values: list[float]) -> None:
    before: Stage | None = None
    for value, stage in zip(values, stages([at(value, NOW) for value in values]), strict=True):
        if stage is Stage.FIRING and before is not Stage.FIRING:
            assert value < 15.6 or value > 23.9
        if stage is Stage.RESOLVED and before is Stage.FIRING:
            assert 15.9 - 1e-9 <= value <= 23.6 + 1e-9
        before = stage


def test_a_clock_that_is_set_back_keeps_nothing_waiting() -> None:
    for back in (timedelta(minutes=3), timedelta(hours=1)):
        pending = step({}, [at(24, NOW)], NOW, NOW - timedelta(days=1))
        earlier = NOW - back
        since = begun(NOW - timedelta(days=1), NOW, earlier)
        after = step(pending, [at(24, earlier)], earlier, since)
        (alarm,) = step(after, [at(24, earlier + LOOK)], earlier + LOOK, since).values()
        assert alarm.stage is Stage.FIRING, "it waits for no moment that was"
        told = alarm.model_copy(update={"told": {"me": NOW}})
        (again,) = step({told.key: told}, [at(24, earlier)], earlier, earlier).values()
        assert again.told == {"me": earlier}
        assert max(again.since, again.began, again.known, again.fired or NOW) <= earlier
