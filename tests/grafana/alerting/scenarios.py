"""What happens in a room, for each alert rule: when it fires, and when that is over."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from influx.alert_rules import SubjectKind
from influx.points import FieldValue, Point, make
from influx.registry import Kind
from influx.schema import BACKUP, BASELINE, GAS, JOURNAL, NODE, PET_ACTIVE_15M, PIPELINE, VOLUME
from tests.grafana.alerting.room import START, Room

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_JUST = timedelta(seconds=20)
"""How long before a look something is said."""


@dataclass(frozen=True)
class Scenario:
    """A rule, and what ``said`` gives before each of so many ``looks``; it fires in those of ``firing``.

    ``begin`` is what was before. ``retired`` is what is retired in the end, where something can be.
    """

    rule: str
    kind: SubjectKind
    looks: int
    firing: range
    said: Callable[[Room, int, datetime], list[Point]]
    step: timedelta = _MINUTE
    begin: Callable[[Room], object] = lambda room: None
    retired: Kind | None = None
    title: str = ""

    def __str__(self) -> str:
        """Which one it is, for the name of a test."""
        return "-".join(filter(None, (self.rule, self.kind, self.title)))

    def happens(self, room: Room) -> Iterator[tuple[int, datetime]]:
        """Each look's number and moment, when all that is said before it has been said."""
        self.begin(room)
        for number in range(self.looks):
            now = START + number * self.step
            room.put(self.said(room, number, now))
            yield number, now


def _climate(field: str, *values: float) -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [room.climate(now - _JUST, "", **{field: values[number]})]


def _changing(room: Room, number: int, now: datetime) -> list[Point]:
    # Up by 6 °C within half an hour, by 3.5 in the next hour, then it stays.
    warm = 20 + min(max(number - 2, 0), 6) + max(number - 8, 0) * 0.29
    value = min(warm, 29.0)
    return [room.climate(now - n * _MINUTE, temperature=value) for n in range(1, 6)]


def _gas(*values: float) -> Callable[[Room, int, datetime], list[Point]]:
    def said(room: Room, number: int, now: datetime) -> list[Point]:
        tags = {"node": room.node, "sensor": "mq", "gas": "CO"}
        return [
            make(GAS, tags | {"channel": channel, "location": location}, {"concentration": ppm}, now - _JUST)
            for channel, location, ppm in (("0", room.location, values[number]), ("1", "elsewhere", 3.0))
        ]

    return said


def _seen(*events: int, kind: str = "passing") -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [room.event(now - _JUST, kind)] if number in events else []


def _calls(*counts: int) -> Callable[[Room, int, datetime], list[Point]]:
    def said(room: Room, number: int, now: datetime) -> list[Point]:
        return [room.event(now - (n + 1) * _JUST, "vocalizing") for n in range(counts[number])]

    return said


def _fed(room: Room, number: int, now: datetime) -> list[Point]:
    if number not in (0, 10):
        return []
    fields: dict[str, FieldValue] = {"amount": 60.0, "name": "ml milk", "note": "", "entry_id": str(number)}
    return [make(JOURNAL, {"person": room.person, "entry_type": "drink"}, fields, now - _JUST)]


def _apart(*apart: float) -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [
        room.climate(now - _JUST, "a", temperature=20.0, humidity=50.0),
        room.climate(now - _JUST, "b", temperature=20.0 + apart[number], humidity=50.5),
    ]


def _camera(field: str, *values: float) -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [room.picture(now - _JUST, **{field: values[number]})]


def _spool(field: str, *values: float) -> Callable[[Room, int, datetime], list[Point]]:
    def said(room: Room, number: int, now: datetime) -> list[Point]:
        value = values[number] if field == "oldest_age" else int(values[number])
        return [make(PIPELINE, {"node": room.node, "part": "spool"}, {field: value}, now - _JUST)]

    return said


def _machine(field: str, *values: float) -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [make(NODE, {"node": room.node}, {field: values[number]}, now - _JUST)]


def _clips(*lacking: int) -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [
        make(VOLUME, {"node": room.node, "volume": "clips"}, {"lacking": lacking[number]}, now - _JUST)
    ]


def _backups(*hours: float) -> Callable[[Room, int, datetime], list[Point]]:
    return lambda room, number, now: [
        make(BACKUP, {"target": "nas"}, {"age": hours[number] * 3600.0, "bytes": 1, "ok": True}, now - _JUST)
    ]


def _heard(kind: Kind, *looks: int) -> Callable[[Room, int, datetime], list[Point]]:
    def said(room: Room, number: int, now: datetime) -> list[Point]:
        if number not in looks:
            return []
        match kind:
            case Kind.SENSOR:
                return [room.climate(now - _JUST, pressure=1000.0)]
            case Kind.CAMERA:
                return [room.picture(now - _JUST, fps=15.0)]
        return [make(NODE, {"node": room.node}, {"load": 1.0}, now - _JUST)]

    return said


def _moving(*minutes: int) -> Callable[[Room, int, datetime], list[Point]]:
    """Of the hour that ended an hour before each look, which pets moved for so long, where 10 is usual."""

    def said(room: Room, number: int, now: datetime) -> list[Point]:
        hour = now - 2 * _HOUR
        quarter = timedelta(minutes=15)
        usual = {"mean": 10.0, "deviation": 5.0, "days": 14}
        return [
            make(BASELINE, {"kind": "activity", "subject": room.pet}, usual, hour),
            make(PET_ACTIVE_15M, {"pet": room.pet}, {"minutes": minutes[number] // 2}, hour),
            make(
                PET_ACTIVE_15M,
                {"pet": room.pet},
                {"minutes": minutes[number] - minutes[number] // 2},
                hour + quarter,
            ),
        ]

    return said


_LOCATION, _PET, _CAMERA, _NODE = SubjectKind.LOCATION, SubjectKind.PET, SubjectKind.CAMERA, SubjectKind.NODE
_HALF, _FIVE = timedelta(minutes=30), timedelta(minutes=5)
SCENARIOS = (
    Scenario(
        "temperature",
        _LOCATION,
        9,
        range(3, 7),
        _climate("temperature", 22, 23.9, 23.8, 24.0, 23.9, 23.7, 23.65, 23.55, 23.8),
        begin=lambda room: room.expect(Kind.SENSOR),
        retired=Kind.SENSOR,
        title="warm",
    ),
    Scenario(
        "temperature",
        _LOCATION,
        6,
        range(2, 5),
        _climate("temperature", 16, 15.7, 15.5, 15.6, 15.8, 15.9),
        title="cold",
    ),
    Scenario("temperature_change", _LOCATION, 24, range(7, 19), _changing, _FIVE),
    Scenario(
        "humidity",
        _LOCATION,
        6,
        range(1, 4),
        _climate("humidity", 60, 71, 69, 68.5, 68, 69),
        begin=lambda room: room.set("humidity", _LOCATION, high=70.0),
    ),
    Scenario("gas", SubjectKind.GAS, 7, range(1, 5), _gas(5, 40, 35.5, 35, 32, 31.5, 33)),
    Scenario(
        "no_event",
        _PET,
        20,
        range(16, 19),
        _seen(0, 19),
        _HALF,
        begin=lambda room: room.expect(Kind.PET),
        retired=Kind.PET,
    ),
    Scenario(
        "no_event",
        _CAMERA,
        6,
        range(2, 5),
        _seen(0, 5),
        _HALF,
        begin=lambda room: room.set("no_event", _CAMERA, high=60.0),
    ),
    Scenario(
        "no_event",
        _LOCATION,
        6,
        range(2, 5),
        _seen(0, 5),
        _HALF,
        begin=lambda room: room.set("no_event", _LOCATION, high=60.0),
    ),
    Scenario(
        "no_event",
        SubjectKind.HOME,
        18,
        range(12, 16),
        _seen(0, 16),
        2 * _HOUR,
        begin=lambda room: room.expect(Kind.CAMERA),
    ),
    Scenario(
        "unusual_activity",
        _PET,
        6,
        range(1, 4),
        _moving(12, 26, 23, 24, 21, 23),
        _HOUR,
    ),
    Scenario("abnormal", _PET, 12, range(2, 8), _seen(2, kind="abnormal"), _FIVE),
    Scenario("vocalizing", _PET, 24, range(6, 16), _calls(*[2] * 7, *[1] * 5, *[0] * 12), _FIVE),
    Scenario(
        "no_feed",
        SubjectKind.PERSON,
        11,
        range(8, 10),
        _fed,
        _HALF,
        begin=lambda room: room.set("no_feed", SubjectKind.PERSON, high=240.0),
    ),
    Scenario("disagreement", _LOCATION, 6, range(1, 4), _apart(1, 2.1, 2, 1.9, 1.75, 1.9)),
    Scenario(
        "silence",
        SubjectKind.SENSOR,
        20,
        range(15, 18),
        _heard(Kind.SENSOR, 0, 18),
        begin=lambda room: room.expect(Kind.SENSOR),
        retired=Kind.SENSOR,
    ),
    Scenario(
        "silence",
        _CAMERA,
        5,
        range(1, 4),
        _heard(Kind.CAMERA, 0, 4),
        begin=lambda room: room.expect(Kind.CAMERA),
        retired=Kind.CAMERA,
    ),
    Scenario(
        "silence",
        _NODE,
        6,
        range(2, 4),
        _heard(Kind.NODE, 0, 4),
        begin=lambda room: room.expect(Kind.NODE, room.node),
        retired=Kind.NODE,
    ),
    Scenario("dark", _CAMERA, 6, range(1, 4), _camera("luma", 0.5, 0.005, 0.011, 0.0149, 0.0155, 0.011)),
    Scenario("frozen", _CAMERA, 6, range(1, 4), _camera("still_age", 60, 121, 119, 110, 107, 115)),
    Scenario("spool", _NODE, 6, range(1, 4), _spool("oldest_age", 60, 901, 899, 850, 800, 850)),
    Scenario("lost", _NODE, 18, range(2, 13), _spool("dropped", 5, 5, *[8] * 16), _FIVE),
    Scenario("storage", _NODE, 6, range(1, 4), _machine("disk_used", 70, 80.5, 80, 78.5, 78, 79)),
    Scenario("room", _NODE, 6, range(1, 4), _clips(0, 1_100_000, 1_080_000, 1_050_000, 0, 0)),
    Scenario("backup", SubjectKind.HOME, 6, range(1, 4), _backups(10, 48.5, 47, 44, 43, 45), _HALF),
    Scenario("clock", _NODE, 6, range(1, 4), _machine("clock_offset", 1, -6, -4.5, 4.1, -4, 4.5)),
)
"""At least one of each rule and kind of subject that a query can be made for."""
