"""A plan as Flux, and what InfluxDB's answer to it means.

Each part of each source is a query of its own from ``from`` to ``yield``, and nothing is grouped there: that
InfluxDB aggregates while it reads, where a stream that two share, or that is grouped first, takes ten times
as long and more.
"""

from collections.abc import Iterable, Iterator

from influx.assemble import Run
from influx.influxdb import answers
from influx.influxdb.flux import only, stream, strings
from influx.points import length_ns
from influx.schema import MEASUREMENTS
from influx.windows import Aggregate, Plan, Source
from influx.words import UNKNOWN_TAG, FieldType

_OF_ROLLUPS = {Aggregate.COUNT: Aggregate.SUM}
"""How parts of rollups become one where they do not as those of points do."""
NUMBERS = "|> filter(fn: (r) => r._value < 0.0 or r._value >= 0.0)"
"""The step that keeps numbers, also of series that hold other things too."""


_Asked = dict[str, tuple[int, Aggregate]]
"""The number of the plan's field and the part that each field of a source is asked for."""


def series(plan: Plan, prefix: str = "", *, strict: bool = False) -> str:
    """The query that answers ``plan``, empty where it has no sources; for ``runs`` to understand.

    Each result is named after the numbers of its source and of what is asked of that. Rows hold ``_time``,
    ``_value``, ``_field`` where there are several, and tags; InfluxDB cuts the time of a step that the
    source's window cuts. Where it is ``strict`` it passes over what is no number, and takes several times as
    long.
    """
    return "\n".join(
        f'{_stream(plan, source, asked, prefix, strict)}\n    |> yield(name: "{number}-{index}")'
        for number, source in enumerate(plan.sources)
        for index, asked in enumerate(_asked(plan, source))
    )


def runs(plan: Plan, blocks: Iterable[str]) -> Iterator[Run]:
    """The values of an answer to ``series``, as it comes in; raises ``Unavailable`` where it failed."""
    known = [_asked(plan, source) for source in plan.sources]
    for told, times, values in answers.read_series(blocks):
        number, index = map(int, told["result"].split("-"))
        asked = known[number][index]
        (field, part) = asked[told["_field"]] if len(asked) > 1 else next(iter(asked.values()))
        group = tuple(told.get(tag) or UNKNOWN_TAG for tag in plan.group)
        try:
            yield group, field, part, list(map(answers.time_ns, times)), list(map(float, values))
        except ValueError as error:
            raise answers.OtherType(f"{plan.measurement} holds what is no number: {error}") from None


def _asked(plan: Plan, source: Source) -> list[_Asked]:
    """What ``source`` is asked: one part after the other, or all at once where nothing is aggregated."""
    spec = MEASUREMENTS[source.measurement]
    raw = source.measurement == plan.measurement
    found: list[_Asked] = [
        {
            spec.field(name if raw else f"{name}_{part}").name: (number, part)
            for number, name in enumerate(plan.fields)
        }
        for part in plan.parts(source)
    ]
    if source.every is not None:
        return found
    return [{name: what for asked in found for name, what in asked.items()}]


def _stream(plan: Plan, source: Source, asked: _Asked, prefix: str, strict: bool) -> str:
    spec = MEASUREMENTS[source.measurement]
    group = [spec.tag(name).name for name in plan.group]
    kept = [name for name in spec.tag_names if name in group or name not in plan.tags]
    lines = [stream(spec, source.window, plan.tags, prefix), f"    {only('_field', asked)}"]
    if strict:
        lines.append(f"    {NUMBERS}\n    |> toFloat()")
    if source.every is not None:
        _, part = next(iter(asked.values()))
        raw = source.measurement == plan.measurement
        if not strict and raw and part in (Aggregate.SUM, Aggregate.MEAN) and _has_integers(plan):
            # Sums of integers, and means made of them, would leave 64 bits in silence.
            lines.append("    |> toFloat()")
        if part is Aggregate.LAST and len(kept) > len(group):
            # Of points of one time the one whose tags sort last counts, as in influx.sqlite.series.
            lines.append(f"    |> group(columns: {strings(['_field', *group])})")
            lines.append(f"    |> sort(columns: {strings(['_time', *kept])})")
            kept = group
        function = part if raw else _OF_ROLLUPS.get(part, part)
        every = f"{length_ns(source.every)}ns"
        lines.append(
            f'    |> aggregateWindow(every: {every}, fn: {function}, createEmpty: false, timeSrc: "_start")'
        )
    field = ["_field"] if len(asked) > 1 else []
    lines.append(f"    |> keep(columns: {strings(['_time', '_value', *field, *kept])})")
    return "\n".join(lines)


def _has_integers(plan: Plan) -> bool:
    spec = MEASUREMENTS[plan.measurement]
    return any(spec.field(name).type is FieldType.INTEGER for name in plan.fields)
