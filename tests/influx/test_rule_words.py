"""What alarms say: whom, what, the value in the reader's unit, and the limit."""

from datetime import UTC, datetime

import pytest

from influx.alarms import Alarm, Stage
from influx.alert_rules import HOME, Side, SubjectKind
from influx.rule_words import headline, length, limit, value
from influx.rules import RULES

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
LABELS = {"hutch": "Chancho's hutch"}


def alarm(
    rule: str, kind: SubjectKind, subject: str, value: float, threshold: float, **more: object
) -> Alarm:
    known = {
        "severity": RULES[rule].severity,
        "unit": RULES[rule].alert.unit,
        "stage": Stage.FIRING,
        "side": Side.HIGH,
        "since": NOW,
        "began": NOW,
        "known": NOW,
    }
    return Alarm(rule=rule, kind=kind, subject=subject, value=value, threshold=threshold, **(known | more))


LOCATION, PET, CAMERA, NODE = SubjectKind.LOCATION, SubjectKind.PET, SubjectKind.CAMERA, SubjectKind.NODE


@pytest.mark.parametrize(
    ("one", "unit", "says", "begins"),
    [
        (
            alarm("temperature", LOCATION, "hutch", -0.04, 15.6, side=Side.LOW),
            "C",
            "Chancho's hutch is too cold: 0.0 °C",
            "Limit: 15.6 °C",
        ),
        (
            alarm("temperature_change", LOCATION, "hutch", 5, 4),
            "F",
            "Chancho's hutch: the temperature changes fast: 9.0 °F within an hour",
            "Limit: 7.2 °F within an hour",
        ),
        (
            alarm("disagreement", LOCATION, "attic-room", 5, 2, unit="°C"),
            "F",
            "Attic room: the sensors are 9.0 °F apart",
            "Limit: 3.6 °F",
        ),
        (
            alarm("gas", SubjectKind.GAS, "CO", 61.5, 35),
            "C",
            "CO in the air: 61.5 ppm",
            "Limit: 35 ppm",
        ),
        (
            alarm("unusual_activity", PET, "sir fluff", 4.21, 3, how="less"),
            "C",
            "Sir Fluff moved much less than usual at this hour",
            "Limit: 3 σ from what is usual",
        ),
        (alarm("abnormal", PET, "unknown", 1, 0), "C", "A pet that was not recognised behaves unusually", ""),
        (
            alarm("vocalizing", PET, "miso", 14, 12),
            "C",
            "Miso vocalizes much: 14 times within an hour",
            "Limit: 12 times within an hour",
        ),
        (
            alarm("silence", SubjectKind.SENSOR, "hat", 95, 3, how="never"),
            "C",
            "Sensor hat is silent and never spoke, for 1 h 35 min now",
            "Warns after 3 min",
        ),
        (
            alarm("frozen", CAMERA, "hutch-cam", 3, 2),
            "C",
            "Camera Hutch cam shows the same picture for 3 min",
            "Warns after 2 min",
        ),
        (
            alarm("backup", SubjectKind.HOME, HOME, 50, 48),
            "C",
            "The last good backup is 2 d 2 h old",
            "Warns after 2 d",
        ),
        (alarm("clock", NODE, "pi", 7.25, 5), "C", "Machine pi: the clock is off by 7.25 s", "Limit: 5 s"),
        (alarm("lost", NODE, "pi", 12, 0), "C", "Machine pi lost 12 readings within an hour", ""),
    ],
)
def test_an_alarm_says_what_is_wrong_in_plain_words(one: Alarm, unit: str, says: str, begins: str) -> None:
    assert (headline(one, unit, LABELS), limit(one, unit)) == (says, begins)


def test_what_is_not_watched_any_more_is_not_called_well() -> None:
    over = alarm("temperature", LOCATION, "hutch", 30, 24, stage=Stage.RESOLVED, unwatched=True)
    assert headline(over, "C", LABELS) == "Chancho's hutch: “Too cold or too warm” is no longer watched"


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0.25, "0.25 s"), (90, "1 min"), (3600, "1 h"), (86_400 * 2, "2 d"), (90_061, "1 d 1 h")],
)
def test_a_length_has_two_units_at_most(seconds: float, says: str) -> None:
    assert length(seconds) == says


@pytest.mark.parametrize(
    ("number", "of", "says"),
    [
        (1280, "ppm", "1280 ppm"),
        (99.96, "ppm", "100 ppm"),
        (12_345.6, "ppm", "12346 ppm"),
        (1234567, "", "1234567"),
        (12.6, "", "13"),
        (0.25, "", "0.25"),
    ],
)
def test_a_number_is_read_without_an_exponent(number: float, of: str, says: str) -> None:
    assert value(number, of, "C") == says


def test_what_nobody_knows_any_more_is_told_so() -> None:
    over = alarm("gas", SubjectKind.GAS, "CO", 30, 24, stage=Stage.RESOLVED, unwatched=True, unheard=True)
    assert headline(over, "C", LABELS).startswith("CO: nothing was heard of “")


def test_a_gas_is_somewhere() -> None:
    one = alarm("gas", SubjectKind.GAS, "CO", 1280, 35, how="hutch")
    assert headline(one, "C", LABELS) == "CO in the air of Chancho's hutch: 1280 ppm"
