"""Queries of panels: each is one Flux text that reads raw points, quarter hours or days, by the time range.

Grafana puts the dashboard's window (``v.timeRangeStart``, ``v.timeRangeStop``) and the panel's step
(``v.windowPeriod``) into the text; what is read is decided in Flux, as ``influx.plan`` decides it
(docs/decisions/022-dashboards.md). Grafana replaces any ``x.bucket`` and ``x.organization`` as well, so no
name here is one of those, and ``$`` stands before names of dashboard variables alone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from grafana.home import Home
from influx.buckets import bucket_name, keeps
from influx.influxdb.flux import literal, only, strings
from influx.points import length_ns
from influx.schema import ROLLUPS
from influx.steps import QUARTER
from influx.windows import DAY_READY, READABLE, Aggregate
from influx.words import Measurement

THEN, BEFORE = " ", ", a day before"
"""What the name of a series ends in that is drawn when it was, and a day later: see ``Numbers.day_before``.

No label can be empty, or Grafana drops it and shows what should stand for it.
"""
LONGEST_STEP = timedelta(hours=3)
"""Longer than this a step is a day: none is between them, as in ``influx.steps``."""
_DAY = "1d"
_NEVER = ("1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z")
"""Where nothing is read: no bucket has anything of then."""

Tags = Mapping[str, str]
"""Names of tags, each with the dashboard variable whose values are kept."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """A number of a measurement over the window: ``aggregate`` of its ``field`` in every step.

    ``by``: the tags that set series apart; all where it is None. ``tags`` are kept by dashboard variables,
    ``without`` are values that are left out. ``daily``: in days of the home, whatever the step.
    ``empty``: steps without a value are told as null, so that a line has a gap there. ``day_before``: what
    was a day before is drawn too, and the column ``before`` tells them apart. ``when``: a Flux condition
    without which nothing is read.
    ``scale`` is Flux that makes of ``r._value`` what is shown.
    """

    spec: Measurement
    field: str
    aggregate: Aggregate
    by: tuple[str, ...] | None = None
    tags: Tags | None = None
    without: Mapping[str, tuple[str, ...]] | None = None
    equal: Mapping[str, str] | None = None
    daily: bool = False
    empty: bool = True
    day_before: bool = False
    when: str = "true"
    scale: str = ""

    @property
    def group(self) -> tuple[str, ...]:
        """The tags that set series apart."""
        return self.spec.tag_names if self.by is None else self.by

    @property
    def is_extreme(self) -> bool:
        """Whether it is the lowest or the highest, which one of the values is."""
        return self.aggregate in (Aggregate.MIN, Aggregate.MAX)

    @property
    def is_apart(self) -> bool:
        """Whether each series that is shown is one of the store."""
        return set(self.group) == set(self.spec.tag_names)


def numbers(home: Home, asked: Numbers) -> str:
    """The query for ``asked``: ``_time``, ``_value`` and tags, a table a series, in the order of time."""
    spec, mean = asked.spec, asked.aggregate is Aggregate.MEAN
    spec.field(asked.field)
    if mean and not asked.is_apart:
        raise ValueError(f"a mean of several series of {spec.name} would be a mean of means")
    quarter, day = ROLLUPS[spec.name]
    lines = [
        'import "date"',
        'import "timezone"',
        "",
        *_window(home, asked),
        *_sources(home, (spec, quarter, day), asked.when),
        "",
        *_raw(asked),
        *(_rolled_mean(asked) if mean else _rolled(asked)),
        *(_days_extreme(asked) if asked.is_extreme else ()),
        "",
        "first = if level == 0 then raw(store: early, begin: a, end: b)",
        *(["    else if level == 2 then days(store: early, begin: a, end: b)"] if asked.is_extreme else ()),
        "    else rolled(store: early, begin: a, end: b)",
        "second = if level == 2 then rolled(store: late, begin: c, end: d)",
        "    else raw(store: late, begin: c, end: d)",
        "",
        f"{'found = ' if asked.day_before else ''}union(tables: [first, second])",
        *(_one_each_step(asked) if asked.is_extreme else _shown(asked)),
        *(_beside(asked) if asked.day_before else ()),
        *([f"    |> map(fn: (r) => ({{r with _value: {asked.scale}}}))"] if asked.scale else ()),
    ]
    return "\n".join(lines) + "\n"


def readable(home: Home, spec: Measurement, tags: Tags | None = None) -> list[str]:
    """The beginning of a query of raw points of the whole window."""
    return [
        f"from(bucket: {literal(bucket_name(spec.bucket, home.prefix))})",
        "    |> range(start: v.timeRangeStart, stop: v.timeRangeStop)",
        f"    {only('_measurement', [spec.name])}",
        *chosen(spec, tags or {}),
    ]


def chosen(spec: Measurement, tags: Tags) -> list[str]:
    """The steps that keep what the dashboard's variables say, which is compared while it is read."""
    return [
        f"    |> filter(fn: (r) => r[{literal(spec.tag(tag).name)}] =~ /^${{{variable}:regex}}$/)"
        for tag, variable in tags.items()
    ]


def leaving_out(spec: Measurement, without: Mapping[str, Collection[str]]) -> list[str]:
    """The steps that leave out points with these values of tags."""
    return [
        f"    |> filter(fn: (r) => r[{literal(spec.tag(tag).name)}] != {literal(value)})"
        for tag, values in without.items()
        for value in sorted(values)
    ]


def days_of(home: Home) -> str:
    """The Flux of the home's time zone."""
    return f"timezone.location(name: {literal(home.zone.key)})"


def _window(home: Home, asked: Numbers) -> list[str]:
    """Start and stop, and how long a step is: ``step`` in ns, ``level`` 0 raw, 1 quarter hours, 2 days."""
    begin = "v.timeRangeStart"
    quarter, oldest = length_ns(QUARTER), [f"int(v: now()) - {length_ns(QUARTER)}"]
    lines = [
        f"home = {days_of(home)}",
        f"asked = {f'date.sub(d: {_DAY}, from: {begin})' if asked.day_before else begin}",
        "stop = v.timeRangeStop",
    ]
    if asked.daily:
        lines += ["level = 2", f"start = date.truncate(t: asked, unit: {_DAY}, location: home)"]
    else:
        lines += ["start = asked", "wanted = int(v: v.windowPeriod)"]
        for number, (spec, longest) in enumerate(
            ((asked.spec, quarter - 1), (ROLLUPS[asked.spec.name][0], length_ns(LONGEST_STEP)))
        ):
            kept = keeps(spec.bucket, home.retention)
            gone = "" if kept is None else f" or int(v: start) < int(v: now()) - {length_ns(kept)}"
            oldest[number:] = [f"wanted > {longest}{gone}"]
        lines.append(f"level = if {oldest[1]} then 2 else if {oldest[0]} then 1 else 0")
    step = f"if level == 0 then wanted else (wanted + {quarter - 1}) / {quarter} * {quarter}"
    return [
        *lines,
        f"step = {quarter if asked.daily else step}",
        f"every = if level == 2 then {_DAY} else duration(v: step)",
        "zone = if level == 2 then home else timezone.utc",
    ]


def _sources(home: Home, specs: tuple[Measurement, Measurement, Measurement], when: str) -> list[str]:
    """``early`` is what is rolled up and ready, ``late`` the next finer source for the rest.

    A source that is not needed is asked for a moment of 1970. The storage engine filters and aggregates while
    it reads only by words that stand in the text, hence no variable does instead of a measurement.
    """
    stores = [literal(bucket_name(spec.bucket, home.prefix)) for spec in specs]
    made, shortly = length_ns(DAY_READY), length_ns(READABLE)
    return [
        "ready = if level == 2",
        f"    then date.truncate(t: time(v: int(v: now()) - {made}), unit: {_DAY}, location: home)",
        f"    else time(v: (int(v: now()) - {shortly}) / step * step)",
        "seam = if level == 0 or stop <= ready then stop else if ready > start then ready else start",
        f"early = if level == 0 then {stores[0]} else if level == 1 then {stores[1]} else {stores[2]}",
        f"late = if level == 2 then {stores[1]} else {stores[0]}",
        f"isEarly = {when} and seam > start",
        f"isLate = {when} and seam < stop",
        f"a = if isEarly then start else {_NEVER[0]}",
        f"b = if isEarly then seam else {_NEVER[1]}",
        f"c = if isLate then seam else {_NEVER[0]}",
        f"d = if isLate then stop else {_NEVER[1]}",
    ]


def _read(asked: Numbers, names: Collection[str], field: str) -> list[str]:
    return [
        "    from(bucket: store)",
        "        |> range(start: begin, stop: end)",
        f"        {only('_measurement', names)}",
        f"        {only('_field', [field])}",
        *(f"    {line}" for line in _kept(asked)),
    ]


def _rollup_names(asked: Numbers) -> list[str]:
    """Both, whichever is read: each bucket holds but one of them."""
    return [spec.name for spec in ROLLUPS[asked.spec.name]]


def _kept(asked: Numbers) -> list[str]:
    equal = {tag: (value,) for tag, value in (asked.equal or {}).items()}
    return [
        *chosen(asked.spec, asked.tags or {}),
        *(f"    {only(asked.spec.tag(tag).name, values)}" for tag, values in equal.items()),
        *leaving_out(asked.spec, asked.without or {}),
    ]


def _stepped(function: str, empty: bool, *, zone: str = "") -> str:
    """Steps of days are the home's; the storage engine aggregates those of UTC while it reads."""
    told = "true" if empty else "false"
    return (
        f'    |> aggregateWindow(every: every, fn: {function}, {zone}createEmpty: {told}, timeSrc: "_start")'
    )


_ZONED = "location: zone, "


def _raw(asked: Numbers) -> list[str]:
    return [
        "raw = (store, begin, end) =>",
        *_read(asked, [asked.spec.name], asked.field),
        "    " + _stepped(asked.aggregate, asked.is_apart and asked.empty and not asked.is_extreme),
        f"        |> keep(columns: {strings(['_time', '_value', *asked.spec.tag_names])})",
        "        |> toFloat()",
    ]


def _rolled(asked: Numbers) -> list[str]:
    function = asked.aggregate if asked.is_extreme else "sum"
    return [
        "rolled = (store, begin, end) =>",
        *_read(asked, _rollup_names(asked), f"{asked.field}_{asked.aggregate}"),
        "    " + _stepped(function, asked.is_apart and asked.empty and not asked.is_extreme, zone=_ZONED),
        f"        |> keep(columns: {strings(['_time', '_value', *asked.spec.tag_names])})",
        "        |> toFloat()",
    ]


def _days_extreme(asked: Numbers) -> list[str]:
    """Of daily rollups there is a row a day already: one is chosen of those of a day, then it gets its day.

    The other way round, or by steps, of which each is a table for Flux, a year takes several times as long.
    """
    return [
        "days = (store, begin, end) =>",
        *_read(asked, _rollup_names(asked), f"{asked.field}_{asked.aggregate}"),
        f"        |> keep(columns: {strings(['_time', '_value', *asked.spec.tag_names])})",
        "        |> toFloat()",
        *(f"    {line}" for line in _first_of_each_time(asked)),
        "        |> map(fn: (r) => {",
        f"            day = date.truncate(t: r._time, unit: {_DAY}, location: home)",
        "            return {r with _time: if day < start then start else day}",
        "        })",
    ]


def _rolled_mean(asked: Numbers) -> list[str]:
    """Of sums and counts: a mean of means would not be that of all values."""
    lines = []
    for part in ("sum", "count"):
        field = f"{asked.field}_{part}"
        lines += [
            f"{part}s = (store, begin, end) =>",
            *_read(asked, _rollup_names(asked), field),
            "    " + _stepped("sum", asked.empty, zone=_ZONED),
            f"        |> keep(columns: {strings(['_time', '_value', *asked.spec.tag_names])})",
            "        |> toFloat()",
            f'        |> map(fn: (r) => ({{r with part: "{part}"}}))',
        ]
    return [
        *lines,
        "rolled = (store, begin, end) => union(tables: [",
        "    sums(store: store, begin: begin, end: end),",
        "    counts(store: store, begin: begin, end: end),",
        "])",
        '    |> pivot(rowKey: ["_time"], columnKey: ["part"], valueColumn: "_value")',
        "    |> map(fn: (r) => ({r with _value: r.sum / r.count}))",
        '    |> drop(columns: ["sum", "count"])',
    ]


def _shown(asked: Numbers) -> list[str]:
    if asked.is_apart:
        return ['    |> sort(columns: ["_time"])']
    return [
        f"    |> group(columns: {strings(asked.group)})",
        *_steps_of_all(asked),
    ]


def _one_each_step(asked: Numbers) -> list[str]:
    """Flux sums steps up without making a table of each, and here each has one value."""
    return [*_first_of_each_time(asked), *_steps_of_all(asked)]


def _first_of_each_time(asked: Numbers) -> list[str]:
    """The lowest or the highest of all series of a group at a time is the first that sorting comes to."""
    downwards = ", desc: true" if asked.aggregate is Aggregate.MAX else ""
    return [
        f"    |> group(columns: {strings(asked.group)})",
        f'    |> sort(columns: ["_value"]{downwards})',
        '    |> unique(column: "_time")',
    ]


def _steps_of_all(asked: Numbers) -> list[str]:
    return [
        # Or empty steps would be made from 1970 on, where an unneeded source was asked.
        "    |> range(start: start, stop: stop)",
        _stepped("sum", asked.empty, zone=_ZONED),
        '    |> drop(columns: ["_start", "_stop"])',
    ]


def _beside(asked: Numbers) -> list[str]:
    """What was read, and the same again a day later: a query of its own would take as long again."""
    return [
        "",
        "union(tables: [",
        "    found |> filter(fn: (r) => r._time >= v.timeRangeStart)",
        f'        |> set(key: "before", value: {literal(THEN)}),',
        f"    found |> timeShift(duration: {_DAY})",
        "        |> filter(fn: (r) => r._time < v.timeRangeStop)",
        f'        |> set(key: "before", value: {literal(BEFORE)}),',
        "])",
        f"    |> group(columns: {strings([*asked.group, 'before'])})",
        '    |> sort(columns: ["_time"])',
    ]
