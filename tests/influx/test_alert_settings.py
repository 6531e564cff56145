"""What people set of alert rules: the newest wins, null is the default again, and nonsense is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from influx import alert_settings, points
from influx.alert_rules import NO_EVENT, RULES, TEMPERATURE, AlertRule, Side, SubjectKind, Thresholds
from influx.alert_settings import SettingError, Subject, change, changed, effective, gathered, settings, wish
from influx.embedded import EmbeddedStore
from influx.points import Point

NOW = datetime(2026, 5, 28, 14, tzinfo=UTC)
HUTCH = Subject(SubjectKind.LOCATION, "hutch")
DEFAULT = Thresholds(15.6, 23.9)


def put(store: EmbeddedStore, *made: Point) -> None:
    store.write("alert_setting", [points.line(point) for point in made])


def test_nothing_set_is_the_default() -> None:
    assert effective({}, TEMPERATURE, HUTCH, DEFAULT) == DEFAULT


def test_the_newest_setting_of_each_side_wins_and_null_is_the_default_again(tmp_path: Path) -> None:
    steps: list[tuple[dict[Side, float | None], Thresholds]] = [
        ({Side.LOW: 18.0, Side.HIGH: 22.0}, Thresholds(18, 22)),
        ({Side.HIGH: 25.0}, Thresholds(18, 25)),
        ({Side.LOW: None}, Thresholds(15.6, 25)),
        ({Side.LOW: 17.0}, Thresholds(17, 25)),
        ({Side.LOW: None, Side.HIGH: None}, DEFAULT),
    ]
    kept: alert_settings.Settings = {}
    store = EmbeddedStore(tmp_path / "points.sqlite")
    try:
        for number, (sides, expected) in enumerate(steps):
            moment = NOW + timedelta(seconds=number)
            point = change(TEMPERATURE, HUTCH, sides, moment)
            put(store, point)
            kept = changed(kept, point)
            for found in (settings(store, moment), kept):
                assert effective(found, TEMPERATURE, HUTCH, DEFAULT) == expected, sides
    finally:
        store.close()


def test_off_stays_until_it_is_taken_back() -> None:
    found = gathered([change(TEMPERATURE, HUTCH, {Side.LOW: 18.0}, NOW, off=True)])
    assert effective(found, TEMPERATURE, HUTCH, DEFAULT) == Thresholds()
    found = changed(found, change(TEMPERATURE, HUTCH, {Side.HIGH: 22.0}, NOW))
    assert effective(found, TEMPERATURE, HUTCH, DEFAULT) == Thresholds()
    found = changed(found, change(TEMPERATURE, HUTCH, {}, NOW, off=False))
    assert effective(found, TEMPERATURE, HUTCH, DEFAULT) == Thresholds(18, 22)


def test_a_side_that_was_set_does_not_cross_the_default_of_the_other() -> None:
    found = gathered([change(TEMPERATURE, HUTCH, {Side.LOW: 25.0}, NOW)])
    assert effective(found, TEMPERATURE, HUTCH, DEFAULT) == Thresholds(25, None)


def test_a_wish_is_kept_by_user_and_rule() -> None:
    found = gathered([wish(NO_EVENT, "mia", False, NOW)])
    [(rule, subject)] = found
    assert (rule, subject) == ("no_event", Subject(SubjectKind.USER, "mia"))
    assert found[rule, subject].wanted is False


def test_points_of_strangers_are_left_out() -> None:
    point = change(TEMPERATURE, HUTCH, {Side.LOW: 18.0}, NOW)
    strange = [
        Point(point.measurement, {**point.tags, "rule": "tides"}, point.fields, 1),
        Point(point.measurement, {**point.tags, "subject_kind": "moon"}, point.fields, 1),
    ]
    assert gathered(strange) == {}


@pytest.mark.parametrize(
    ("rule", "kind", "sides", "words"),
    [
        (
            "temperature",
            "home",
            {Side.LOW: 18.0},
            "is set for a location or a pet or a camera, not for a home",
        ),
        ("temperature", "location", {Side.LOW: 99.0}, "temperature low must be from -50 to 80 °C, not 99"),
        ("no_event", "pet", {Side.LOW: 5.0}, "no_event has no low threshold"),
        ("no_event", "pet", {Side.HIGH: 0.5}, "no_event high must be from 1 to 525600 min, not 0.5"),
        ("dark", "camera", {Side.LOW: 2.0}, "dark low must be from 0 to 1, not 2"),
    ],
)
def test_what_no_rule_takes_is_refused(
    rule: str, kind: str, sides: dict[Side, float | None], words: str
) -> None:
    with pytest.raises(SettingError, match=words):
        change(RULES[rule], Subject(SubjectKind(kind), "x"), sides, NOW)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_every_rule_can_be_set_to_its_defaults(rule: AlertRule) -> None:
    assert rule.sentence.endswith(".")
    assert rule.kinds
    for thresholds in (*rule.defaults.values(), *rule.by_subject.values()):
        for side in Side:
            value = getattr(thresholds, side)
            assert value is None or (side in rule.sides and rule.least <= value <= rule.most)
    assert set(rule.defaults) <= set(rule.kinds)


@pytest.mark.parametrize(
    ("gas", "ppm"), [("CO", 35), ("NO2", 0.1), ("SO2", 0.075), ("O3", 0.07), ("H2S", 10)]
)
def test_a_gas_is_too_strong_where_it_is_for_those_who_sleep_in_it(gas: str, ppm: float) -> None:
    """The EPA's limits for everybody are below those for workers, which count where it has none."""
    assert RULES["gas"].default(SubjectKind.GAS, gas) == Thresholds(high=ppm)


def test_of_a_gas_that_nobody_limits_no_warning_begins() -> None:
    assert RULES["gas"].default(SubjectKind.GAS, "N2") == Thresholds()
