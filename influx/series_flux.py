"""A plan as Flux, and what InfluxDB's answer to it means.

Each part of each source is a query of its own from ``from`` to ``yield``, and nothing is grouped there: that
InfluxDB aggregates while it reads, where a stream that two share, or that is grouped first, takes ten times
as long and more.
"""

from collections.abc import Iterable, Iterator

from influx import answers
from influx.assemble import Run
from influx.flux import only, stream, strings
from influx.points import length_ns
from influx.schema import MEASUREMENTS
from influx.windows import Aggregate, Plan, Source
from influx.words import FieldType

_OF_ROLLUPS = {Aggregate.COUNT: Aggregate.SUM}
"""How parts of rollups become one where they do not as those of points do."""


def series(plan: Plan, prefix: str = "") -> str:
    """The query that answers ``plan``, empty where it has no sources; for ``runs`` to understand.

    Each result is named after the numbers of its source and part. Rows hold ``_time``, ``_value``, ``_field``
    where there are several, and tags; InfluxDB cuts the time of a step that the source's window cuts.
    """
    return "\n".join(
        _part(number, index, plan, prefix)
        for number in range(len(plan.sources))
        for index in range(len(plan.parts))
    )


def runs(plan: Plan, lines: Iterable[str]) -> Iterator[Run]:
    """The values of an answer to ``series``, as its lines come in; raises ``Unavailable`` where it failed."""
    for name, columns in answers.read_tables(lines):
        number, index = map(int, name.split("-"))
        part = plan.parts[index]
        fields = _fields(plan, plan.sources[number], part)
        field = fields.index(columns["_field"][0]) if len(fields) > 1 else 0
        group = tuple(columns[tag][0] for tag in plan.group)
        times = list(map(answers.time_ns, columns["_time"]))
        yield group, field, part, times, list(map(float, columns["_value"]))


def _part(number: int, index: int, plan: Plan, prefix: str) -> str:
    source, part = plan.sources[number], plan.parts[index]
    fields = _fields(plan, source, part)
    raw = source.measurement == plan.measurement
    spec = MEASUREMENTS[plan.measurement]
    group = [spec.tag(name).name for name in plan.group]
    kept = [name for name in spec.tag_names if name in group or name not in plan.tags]
    lines = [
        stream(MEASUREMENTS[source.measurement], source.window, plan.tags, prefix),
        f"    {only('_field', fields)}",
    ]
    if raw and part in (Aggregate.SUM, Aggregate.MEAN) and _has_integers(plan):
        # Sums of integers, and means made of them, would leave 64 bits in silence.
        lines.append("    |> toFloat()")
    if part is Aggregate.LAST and len(kept) > len(group):
        # Of points of one time the one whose tags sort last counts, as in influx.series_sql.
        lines.append(f"    |> group(columns: {strings(['_field', *group])})")
        lines.append(f"    |> sort(columns: {strings(['_time', *kept])})")
        kept = group
    if source.every is not None:
        function = part if raw else _OF_ROLLUPS.get(part, part)
        every = f"{length_ns(source.every)}ns"
        lines.append(
            f'    |> aggregateWindow(every: {every}, fn: {function}, createEmpty: false, timeSrc: "_start")'
        )
    field = ["_field"] if len(fields) > 1 else []
    lines.append(f"    |> keep(columns: {strings(['_time', '_value', *field, *kept])})")
    lines.append(f'    |> yield(name: "{number}-{index}")')
    return "\n".join(lines)


def _fields(plan: Plan, source: Source, part: Aggregate) -> list[str]:
    """The names that the plan's fields go by in ``source``."""
    spec = MEASUREMENTS[source.measurement]
    raw = source.measurement == plan.measurement
    return [spec.field(name if raw else f"{name}_{part}").name for name in plan.fields]


def _has_integers(plan: Plan) -> bool:
    spec = MEASUREMENTS[plan.measurement]
    return any(spec.field(name).type is FieldType.INTEGER for name in plan.fields)
