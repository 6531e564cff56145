"""What a store says for each rule: one value a subject, reduced as ``influx.rules`` has it."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from influx import alert_settings, local_time, registry
from influx import plan as planning
from influx.alert_rules import HOME, SubjectKind, Thresholds
from influx.alert_settings import Settings, Subject
from influx.buckets import AHEAD, keeps
from influx.config import Location, Retention
from influx.location_value import together as median
from influx.points import Point
from influx.registry import Entry, Kind, State, Thing
from influx.rule import Reduce, Rule, Together
from influx.schema import BASELINE, PET_ACTIVE_15M, PET_EVENT
from influx.store import RowQuery, Store
from influx.windows import READABLE, Aggregate, Horizon, Window

STEP = timedelta(minutes=5)
"""Of the means whose range a change is: single readings are noisy."""
_MOST = 1000
"""Events that are counted; no threshold is above."""
LEAST_DAYS = 7
"""Of fewer days nobody knows what is usual."""
LEAST_DEVIATION = 2.0
"""Minutes an hour: who sleeps at the same hour each day is not unusual for a stretch of the legs."""
ENOUGH = 3
"""Of fewer values nobody can tell which is the wrong one."""
GONE = timedelta(days=1)
"""How long it counts what a sensor said last: as long as an alarm of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Home:
    """What rules must know of the configuration: locations, where cameras are, when silence counts."""

    locations: tuple[Location, ...]
    cameras: Mapping[str, str]
    patience_of: Callable[[Thing], timedelta]
    retention: Retention
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Measured:
    """The value of one subject in the rule's unit, and the moment that it is of: of an age, its beginning.

    ``limit`` is the default threshold where that is another for each subject. ``how`` says it in words (of a
    gas, where it is), and ``field`` which of several it is. ``expected`` is false for what is retired.
    ``each`` are the values that it was made of where the worst of them counts, by whatever threshold.
    ``and_gone`` is the same with what sensors said last that are silent by now.
    """

    value: float
    time: datetime
    limit: Thresholds | None = None
    how: str = ""
    field: str = ""
    expected: bool = True
    each: tuple["Measured", ...] = ()
    and_gone: "Measured | None" = None


@dataclass(frozen=True)
class Asked:
    """One look at ``store``, which asks once what several rules ask; raises what the store raises.

    ``looking_since`` is since when somebody looks all the time; None stands for always.
    """

    store: Store
    home: Home
    now: datetime
    looking_since: datetime | None = None
    _kept: dict[object, list[Point]] = field(default_factory=dict)

    @cached_property
    def settings(self) -> Settings:
        """What people set."""
        return alert_settings.settings(self.store, self.now)

    @cached_property
    def entries(self) -> list[Entry]:
        """Everything that is registered, and when it was heard of."""
        return registry.entries(self.store, self.home.retention, self.now, self.home.patience_of)

    @cached_property
    def retired(self) -> set[Thing]:
        """What is no longer expected."""
        return {entry.thing for entry in self.entries if entry.state is State.RETIRED}

    def measured(self, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
        """The value of every subject of this kind that has one, by its name."""
        return _REDUCTIONS[rule.reduce](self, rule, kind)

    def newest(self, rule: Rule, back: timedelta | None) -> list[Point]:
        """The newest point of each series that counts within ``back``; None: of all that is kept."""
        spec = rule.measurement
        length = (
            back
            or keeps(spec.bucket, self.home.retention)
            or self.now - datetime.fromtimestamp(0, self.now.tzinfo)
        )
        key = (spec.name, rule.fields, tuple(rule.only.items()), length)
        if key not in self._kept:
            window = Window(self.now - length, self.now + AHEAD)
            self._kept[key] = self.store.latest(spec.name, window, dict(rule.only), rule.fields)
        return [point for point in self._kept[key] if counts(rule, point) and not self.is_retired(point)]

    def is_retired(self, point: Point) -> bool:
        """Whether what wrote ``point``, or what it is about, is no longer expected."""
        return any(
            thing.name == point.tags.get(thing.kind) and point.tags.get("node", thing.node) == thing.node
            for thing in self.retired
        )

    def lives(self, rule: Rule, point: Point) -> bool:
        """Whether what ``point`` says is current."""
        thing = Thing(Kind.SENSOR, point.tags.get("sensor", ""), point.tags.get("node", ""))
        patience = self.home.patience_of(thing) if thing.name else rule.back
        return self.now - point.time <= max(rule.back, patience)


def counts(rule: Rule, point: Point) -> bool:
    """Whether ``point`` is none of those that never count for ``rule``."""
    return all(point.tags.get(tag) not in values for tag, values in rule.never.items())


def name_of(kind: SubjectKind, point: Point) -> str:
    """Which subject of this kind ``point`` is about."""
    return HOME if kind is SubjectKind.HOME else point.tags[kind]


def _last(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    living: dict[str, list[Measured]] = defaultdict(list)
    gone: dict[str, list[Measured]] = defaultdict(list)
    for point in _of_a_day(asked, rule):
        value = float(point.fields[rule.fields[0]])
        if rule.reduce is Reduce.OLDEST:
            value += (asked.now - point.time).total_seconds()
        elif _is_length(rule):
            value = abs(value)
        where = point.tags["location"] if kind is SubjectKind.GAS else ""
        said = living if asked.lives(rule, point) else gone
        said[name_of(kind, point)].append(Measured(value / rule.per, point.time, how=where))
    found = {name: _together(rule, values) for name, values in living.items()}
    remembered = {name: _together(rule, [*living[name], *gone[name]]) for name in found.keys() & gone.keys()}
    return {name: replace(one, and_gone=remembered.get(name)) for name, one in found.items()}


def _is_length(rule: Rule) -> bool:
    """Whether the field is a length of time, whose sign says nothing of how large it is."""
    return rule.measurement.field(rule.fields[0]).unit == "s"


def _of_a_day(asked: Asked, rule: Rule) -> list[Point]:
    """The newest points: of sensors also of those that fell silent within a day, else what is current."""
    longest = rule.back
    if "sensor" in rule.measurement.tag_names:
        sensors = [entry.thing for entry in asked.entries if entry.thing.kind is Kind.SENSOR]
        longest = max([longest, GONE, *map(asked.home.patience_of, sensors)])
    return asked.newest(rule, longest)


def _living(asked: Asked, rule: Rule) -> Iterator[Point]:
    yield from (point for point in _of_a_day(asked, rule) if asked.lives(rule, point))


def _together(rule: Rule, said: Sequence[Measured]) -> Measured:
    largest = max(said, key=lambda one: one.value)
    if len(said) == 1 or rule.together is Together.LARGEST:
        return largest
    newest = max(one.time for one in said)
    each = tuple(said) if len(said) < ENOUGH else ()
    return Measured(median([one.value for one in said]), newest, each=each)


def _range(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    horizon = Horizon(asked.now, asked.home.retention, asked.home.zone)
    window = Window.last(rule.back, asked.now)
    plan = planning.plan(rule.measurement.name, rule.fields, window, horizon=horizon, every=STEP)
    said: dict[str, list[Measured]] = defaultdict(list)
    for series in asked.store.series(plan):
        means = [value for value in series.columns[0] if value is not None]
        point = Point(rule.measurement.name, series.tags, {}, series.times[-1]) if means else None
        if point is not None and not asked.is_retired(point):
            said[name_of(kind, point)].append(Measured((max(means) - min(means)) / rule.per, asked.now))
    return {name: _together(rule, values) for name, values in said.items()}


def _spread(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    worst: dict[str, Measured] = {}
    allowed = {location.name: location for location in asked.home.locations}
    for name in rule.fields:
        said: dict[str, list[Point]] = defaultdict(list)
        for point in _living(asked, replace(rule, fields=(name,))):
            said[name_of(kind, point)].append(point)
        for subject, points in said.items():
            limit = allowed.get(subject, Location.model_construct(name=subject)).disagreement(name)
            values = [float(point.fields[name]) for point in points]
            spread = round(max(values) - min(values), 6)
            time = max(point.time for point in points)
            if limit is not None:
                one = Measured(spread, time, Thresholds(high=limit), field=name)
                worst[subject] = max(worst.get(subject, one), one, key=_excess)
    return worst


def _excess(one: Measured) -> float:
    return one.value / one.limit.high if one.limit and one.limit.high else 0.0


def _count(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    window = Window(asked.now - rule.back, asked.now + AHEAD)
    query = RowQuery(rule.measurement.name, window, dict(rule.only), limit=_MOST)
    said: dict[str, list[datetime]] = defaultdict(list)
    for point in asked.store.rows(query).points:
        if counts(rule, point):
            said[name_of(kind, point)].append(point.time)
    return {name: Measured(float(len(times)), max(times)) for name, times in said.items()}


def _age(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    heard = _ends(asked, rule, kind, rule.back)
    since = dict(_since(asked, rule, kind))
    if since.keys() - heard.keys():
        heard = _ends(asked, rule, kind, None) | heard
    known = since.keys() | heard.keys() if kind is not SubjectKind.HOME else since.keys()
    found = {}
    for name in known:
        moment = heard.get(name, since.get(name, asked.now))
        age = max(timedelta(0), asked.now - moment).total_seconds()
        found[name] = Measured(age / rule.per, moment, how="" if name in heard else "never")
    return found


def _ends(asked: Asked, rule: Rule, kind: SubjectKind, back: timedelta | None) -> dict[str, datetime]:
    """When the newest point of each subject ended."""
    found: dict[str, datetime] = {}
    for point in asked.newest(rule, back):
        lasted = float(point.fields["duration"]) if rule.measurement is PET_EVENT else 0.0
        end, name = point.time + timedelta(seconds=lasted), name_of(kind, point)
        found[name] = max(found.get(name, end), end)
    return found


def _since(asked: Asked, rule: Rule, kind: SubjectKind) -> Iterator[tuple[str, datetime]]:
    """What should be heard of, and since when: registered, or somebody set a threshold for it."""
    gone = {(thing.kind.value, thing.name) for thing in asked.retired}
    for (name, subject), setting in asked.settings.items():
        is_asked = name == rule.alert.name and subject.kind is kind and kind is not SubjectKind.HOME
        if is_asked and (subject.kind.value, subject.name) not in gone:
            yield subject.name, setting.time
    registered = [entry for entry in asked.entries if entry.state is not State.RETIRED]
    cameras = [entry for entry in registered if entry.thing.kind is Kind.CAMERA]
    match kind:
        case SubjectKind.PET:
            # Cameras and locations are asked after only where somebody set a threshold.
            yield from (
                (entry.thing.name, entry.since) for entry in registered if entry.thing.kind is Kind.PET
            )
        case SubjectKind.HOME if cameras:
            # Without a camera nothing can be seen, and that is no alarm.
            yield HOME, min(entry.since for entry in cameras)


def _growth(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    horizon = Horizon(asked.now, asked.home.retention, asked.home.zone)
    window = Window.last(rule.back, asked.now)
    plan = planning.plan(
        rule.measurement.name,
        rule.fields,
        window,
        horizon=horizon,
        every=STEP,
        aggregates=(Aggregate.LAST,),
        tags=rule.only,
    )
    grown: dict[str, float] = defaultdict(float)
    for series in asked.store.series(plan):
        point = Point(rule.measurement.name, series.tags, {}, series.times[-1])
        if not asked.is_retired(point):
            # A counter that begins anew, with its spool, has lost nothing.
            columns = [[value for value in column if value is not None] for column in series.columns]
            rises = (max(0.0, late - early) for column in columns for early, late in pairwise(column))
            grown[name_of(kind, point)] += sum(rises)
    return {name: Measured(value, asked.now) for name, value in grown.items()}


def _silence(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    worst: dict[str, Measured] = {}
    for entry in asked.entries:
        if entry.thing.kind.value == kind.value:
            since = entry.heard or entry.since
            value = max(timedelta(0), asked.now - since).total_seconds() / rule.per
            limit = asked.home.patience_of(entry.thing).total_seconds() / rule.per
            how = "" if entry.heard else "never"
            expected = entry.state is not State.RETIRED
            own = Subject(kind, entry.thing.name)
            high = alert_settings.effective(asked.settings, rule.alert, own, Thresholds(high=limit)).high
            one = Measured(value, since, Thresholds(high=high or limit), how, expected=expected)
            # Several machines may have a sensor of that name: who exceeds its own limit most speaks for all.
            known = worst.get(entry.thing.name, one)
            worst[entry.thing.name] = max(known, one, key=lambda each: (each.expected, _excess(each)))
    return worst


def _answers(asked: Asked, _rule: Rule, _kind: SubjectKind) -> dict[str, Measured]:
    """Whoever looks at ``asked`` is answered: nothing is waited for."""
    return {HOME: Measured(0.0, asked.now)}


def _deviation(asked: Asked, rule: Rule, kind: SubjectKind) -> dict[str, Measured]:
    running = local_time.hour(asked.now - READABLE, asked.home.zone)
    hour = local_time.hour(running.start - timedelta.resolution, asked.home.zone)
    begin = Window(hour.start, hour.start + timedelta(seconds=1))
    usual = asked.store.latest(BASELINE.name, begin, {"kind": "activity"})
    minutes: dict[str, float] = defaultdict(float)
    for point in asked.store.rows(RowQuery(PET_ACTIVE_15M.name, hour, limit=_MOST)).points:
        minutes[name_of(kind, point)] += float(point.fields[rule.fields[0]])
    found = {}
    for point in usual:
        name, told = point.tags["subject"], point.fields
        if int(told["days"]) >= LEAST_DAYS and name not in rule.never.get("pet", ()):
            apart = minutes[name] - float(told["mean"])
            value = abs(apart) / max(float(told["deviation"]), LEAST_DEVIATION)
            found[name] = Measured(value, hour.start, how="more" if apart > 0 else "less")
    return found


_REDUCTIONS: Mapping[Reduce, Callable[[Asked, Rule, SubjectKind], dict[str, Measured]]] = {
    Reduce.LAST: _last,
    Reduce.OLDEST: _last,
    Reduce.RANGE: _range,
    Reduce.SPREAD: _spread,
    Reduce.COUNT: _count,
    Reduce.GROWTH: _growth,
    Reduce.AGE: _age,
    Reduce.SILENCE: _silence,
    Reduce.DEVIATION: _deviation,
    Reduce.ANSWER: _answers,
}
