"""A room whose points go to two stores: one that Grafana's queries ask, one that Hutch looks at itself."""

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grafana.alerting.flux import query
from grafana.alerting.what import APART, What
from grafana.home import Home
from influx import measured
from influx.alert_rules import HOME, SubjectKind
from influx.alert_settings import Subject
from influx.config import Location
from influx.findings import Finding, Verdict, evaluate
from influx.measured import Asked
from influx.points import FieldValue, Point, line, make
from influx.registry import Kind, Thing, announcement, patience, retirement
from influx.rules import RULES
from influx.schema import ALERT_SETTING, CAMERA, ENVIRONMENT, PET_EVENT
from influx.server import ServerStore
from influx.store import Store
from influx.windows import Window
from tests.grafana.as_grafana import Asker, moment
from tests.influx.conftest import FOREVER

ZONE = ZoneInfo("Europe/Zurich")
START = datetime(2031, 3, 1, 12, tzinfo=UTC)
LONG_AGO = START - timedelta(days=30)
_ODD = ' "b" $c ${x}{{y}} .*[a](b)|^$ ä🐈,=\\ q'
"""What would end a text, or begin something else, in Flux, in Grafana or in InfluxDB's lines."""
_numbers = itertools.count()


@dataclass
class Room:
    """Names of its own in stores that tests share, and what is in them; times are minutes from ``START``."""

    embedded: Store
    server: ServerStore
    ask: Asker
    prefix: str
    number: int = field(default_factory=lambda: next(_numbers))
    patience: dict[Thing, timedelta] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Give everything its name; only that of a location is held to letters by the configuration."""
        self.location = f"location-{self.number}"
        for what in ("node", "sensor", "pet", "camera", "person"):
            setattr(self, what, f"{what}-{self.number}{_ODD}")

    location: str = ""
    node: str = ""
    sensor: str = ""
    pet: str = ""
    camera: str = ""
    person: str = ""

    @property
    def place(self) -> Location:
        """The location, whose range is 15.6 to 23.9 °C."""
        return Location(name=self.location, temperature_low=15.6, temperature_high=23.9)

    def name(self, kind: SubjectKind) -> str:
        """The room's subject of that kind."""
        if kind is SubjectKind.GAS:
            return "CO"
        return HOME if kind is SubjectKind.HOME else str(getattr(self, kind))

    def put(self, points: Iterable[Point]) -> None:
        """Write ``points`` to both stores."""
        by_measurement: dict[str, list[str]] = {}
        for point in points:
            by_measurement.setdefault(point.measurement, []).append(line(point))
        for measurement, lines in by_measurement.items():
            self.embedded.write(measurement, lines)
            self.server.write(measurement, lines)

    def expect(self, kind: Kind, name: str = "") -> Thing:
        """Register the room's thing of that kind, or that of the name."""
        thing = Thing(kind, name or str(getattr(self, kind)), self.node)
        self.put([announcement(thing, LONG_AGO)])
        return thing

    def retire(self, kind: Kind) -> None:
        """Expect the room's thing of that kind no longer."""
        thing = Thing(kind, str(getattr(self, kind)), self.node)
        self.put([retirement(thing, LONG_AGO + timedelta(days=1))])

    def set(self, rule: str, kind: SubjectKind, name: str = "", **fields: FieldValue) -> None:
        """Set something of the room's subject of that kind."""
        tags = {"rule": rule, "subject_kind": kind, "subject": name or self.name(kind)}
        self.put([make(ALERT_SETTING, tags, fields, LONG_AGO + timedelta(seconds=next(_numbers)))])

    def climate(self, moment: datetime, sensor: str = "", **fields: float) -> Point:
        """A reading of a sensor of the room."""
        tags = {"node": self.node, "sensor": sensor or self.sensor, "location": self.location}
        return make(ENVIRONMENT, tags, fields, moment)

    def event(self, moment: datetime, event_type: str = "passing", duration: float = 8.0) -> Point:
        """Something that the room's pet did."""
        tags = {"camera": self.camera, "location": self.location, "pet": self.pet, "event_type": event_type}
        return make(PET_EVENT, tags, {"event_id": f"{moment.timestamp()}", "duration": duration}, moment)

    def picture(self, moment: datetime, **fields: float) -> Point:
        """What the room's camera says of itself."""
        tags = {"node": self.node, "camera": self.camera}
        return make(CAMERA, tags, {**fields, "state": "running"}, moment)

    def told(self, rule: str, kind: SubjectKind, now: datetime) -> dict[str, dict[What, float]]:
        """What Grafana makes of the answer for ``rule`` at ``now``, by subject; of a gas the worst."""
        home = Home(
            ZONE, self.prefix, FOREVER, (self.place,), cameras={self.camera: self.location},
            patience=self.patience,
        )  # fmt: skip
        found: dict[str, dict[What, float]] = {}
        for labels, numbers in told(self.ask, rule, kind, home, now).items():
            known = found.get(labels[0], numbers)
            found[labels[0]] = {what: max(known[what], number) for what, number in numbers.items()}
        return found

    def findings(
        self, rule: str, kind: SubjectKind, now: datetime, also: Iterable[str]
    ) -> dict[str, Finding]:
        """What Hutch finds at ``now`` itself, by subject."""
        home = measured.Home(
            (self.place,),
            {self.camera: self.location},
            lambda thing: self.patience.get(thing, patience(thing.kind, None)),
            FOREVER,
            ZONE,
        )
        asked = Asked(self.embedded, home, now)
        return {
            one.subject.name: one
            for one in evaluate(asked, [(rule, Subject(kind, name)) for name in also])
            if one.rule == rule and one.subject.kind is kind
        }


@dataclass
class Alarms:
    """Hutch's own alarms of one rule, without what they wait for: beyond, and until it is inside again."""

    room: Room
    rule: str
    kind: SubjectKind
    firing: set[str] = field(default_factory=set)
    found: dict[str, Finding] = field(default_factory=dict)

    def look(self, now: datetime) -> None:
        """Go by what is found at ``now``."""
        self.found = self.room.findings(self.rule, self.kind, now, self.firing)
        for name, one in self.found.items():
            match one.verdict:
                case Verdict.BEYOND:
                    self.firing.add(name)
                case Verdict.INSIDE | Verdict.OFF:
                    self.firing.discard(name)

    def check(self, now: datetime) -> None:
        """Look, and have Grafana say the same: who fires, and the numbers of what is known."""
        self.look(now)
        said = self.room.told(self.rule, self.kind, now)
        minute = (now - START) / timedelta(minutes=1)
        assert firing(said) == self.firing, (minute, said, self.found)
        for name, one in self.found.items():
            if one.verdict not in (Verdict.UNKNOWN, Verdict.OFF):
                told = (said[name][What.VALUE], said[name][What.LIMIT])
                assert told == pytest.approx((one.value, one.threshold), abs=1e-6), (minute, said, one)


def firing(said: Mapping[str, Mapping[What, float]]) -> set[str]:
    """The subjects that are beyond."""
    assert {numbers[What.STATE] for numbers in said.values()} <= {0.0, 1.0}
    return {name for name, numbers in said.items() if numbers[What.STATE] == 1}


def told(
    ask: Asker, rule: str, kind: SubjectKind, home: Home, now: datetime
) -> dict[tuple[str, ...], dict[What, float]]:
    """What Grafana makes of the answer for ``rule`` at ``now``: the three numbers of each series."""
    text = query(RULES[rule], kind, home)
    assert text is not None
    names = ("subject", "location") if kind is SubjectKind.GAS else ("subject",)
    series: dict[tuple[str, ...], list[tuple[str, float]]] = {}
    for row in ask.rows(text, Window(now - timedelta(minutes=10), now), {}):
        assert row.keys() == {"", "result", "table", "_time", "_value", *names}, row
        points = series.setdefault(tuple(row[name] for name in names), [])
        points.append((row["_time"], float(row["_value"])))
    for points in series.values():
        assert len({moment for moment, _ in points}) == len(points) == 3, points
        assert points == sorted(points, key=lambda point: moment(point[0])), points
    return {
        labels: {
            What.STATE: points[-1][1],
            What.VALUE: max(value for _, value in points) - APART,
            What.LIMIT: min(value for _, value in points) + APART,
        }
        for labels, points in series.items()
    }
