"""``GET /series`` and ``/latest``: numbers for charts, and the current values with their age."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from api.access.rights import Right, needs
from api.context import Ctx
from api.problems import Problem
from api.questions import EveryText, LastText, StartText, StopText, length, window
from api.registry import stale_after
from influx.plan import plan
from influx.rfc3339 import iso
from influx.schema import MEASUREMENTS
from influx.store import Series
from influx.windows import Aggregate, Window
from influx.words import Measurement

router = APIRouter(tags=["readings"], dependencies=[needs(Right.VIEW)])

_DAY = timedelta(days=1)
_AGGREGATES = (Aggregate.MIN, Aggregate.MEAN, Aggregate.MAX)
_OWN = frozenset({"measurement", "field", "start", "stop", "last", "every", "group"})

MeasurementName = Annotated[str, Query(max_length=40, description="Such as `environment`.")]


@router.get("/series")
def series(
    request: Request,
    context: Ctx,
    measurement: MeasurementName,
    field: Annotated[str, Query(max_length=40, description="Such as `temperature`.")],
    start: StartText = None,
    stop: StopText = None,
    last: LastText = None,
    every: EveryText = None,
    group: Annotated[
        str | None,
        Query(max_length=200, description="Tags that set lines apart, joined by commas; all where left out."),
    ] = None,
) -> dict[str, Any]:
    """Lines of a chart: rows `[ms since 1970, min, mean, max]`, at most 1,500 a line; the last day unless
    asked otherwise. Any tag of the measurement is a parameter that keeps only points with its value
    (`location=nursery`). The step is as short as the rows allow, or `every` where that is longer; steps of
    whole days are the home's. Where points as they were read have expired, rollups answer: in quarter
    hours at least, and in days at last. `sources` are the buckets that the answer comes from.
    """
    spec = measurement_named(measurement)
    steps = plan(
        spec.name,
        (field_named(spec, field),),
        window(context.now(), _DAY, context.timezone, start, stop, last),
        horizon=context.horizon,
        every=length(every, "every") if every is not None else None,
        aggregates=_AGGREGATES,
        group=_group(spec, group),
        tags=tags_asked(spec, request),
    )
    return {
        "measurement": spec.name,
        "field": field,
        "unit": spec.field(field).unit,
        "start": iso(steps.window.start),
        "stop": iso(steps.window.stop),
        "every": steps.every.total_seconds(),
        "sources": list(dict.fromkeys(source.bucket for source in steps.sources)),
        "columns": ["time", "min", "mean", "max"],
        "series": [_line(line) for line in context.store.series(steps)],
    }


def _line(line: Series) -> dict[str, Any]:
    columns = ([None if value is None else round(value, 4) for value in column] for column in line.columns)
    rows = [list(row) for row in zip((at // 1_000_000 for at in line.times), *columns, strict=True)]
    return {"tags": dict(line.tags), "rows": rows}


def measurement_named(name: str) -> Measurement:
    """The measurement called ``name``; raises ``Problem`` 404."""
    if name not in MEASUREMENTS:
        raise Problem(404, f"There is no measurement {name!r}; there are {', '.join(MEASUREMENTS)}.")
    return MEASUREMENTS[name]


def field_named(spec: Measurement, name: str) -> str:
    """The field of ``spec`` called ``name``; raises ``Problem`` 404."""
    try:
        return spec.field(name).name
    except KeyError as error:
        raise Problem(404, f"{error.args[0]}.") from None


def _group(spec: Measurement, text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(dict.fromkeys(name for name in text.split(",") if name))
    for name in names:
        if name not in spec.tag_names:
            raise Problem(
                422, f"group {name!r} is no tag of {spec.name}; its tags are {', '.join(spec.tag_names)}."
            )
    return names


def tags_asked(spec: Measurement, request: Request) -> dict[str, str]:
    """The tags of ``spec`` among the parameters of ``request``; raises ``Problem`` 422 for what is none."""
    asked = {name: value for name, value in request.query_params.items() if name not in _OWN}
    for name in asked:
        if name not in spec.tag_names:
            raise Problem(
                422,
                f"{name!r:.60} is no parameter here and no tag of {spec.name} ({', '.join(spec.tag_names)}).",
            )
    return asked


@router.get("/latest")
def latest(request: Request, context: Ctx, measurement: MeasurementName = "environment") -> dict[str, Any]:
    """The newest values, each with its age in seconds, and whether it is too old to be called current.

    Any tag of the measurement is a parameter that keeps only points with its value.
    """
    spec = measurement_named(measurement)
    now = context.now()
    span = Window(context.horizon.kept(spec).start, now)
    values = []
    for point in context.store.latest(spec.name, span, tags_asked(spec, request)):
        age = now - point.time
        stale = age > stale_after(context, point.tags)
        for name, value in point.fields.items():
            values.append(
                {
                    "tags": dict(point.tags),
                    "field": name,
                    "value": value,
                    "unit": spec.field(name).unit,
                    "time": iso(point.time),
                    "age": round(age.total_seconds(), 3),
                    "stale": stale,
                }
            )
    return {"measurement": spec.name, "now": iso(now), "values": values}
