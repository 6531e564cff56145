"""``GET /temperature/history``, the endpoint of the temperature logger: a fortnight in 5-minute means."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from functools import lru_cache
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.access.rights import Right, needs
from api.climate.locations import check_known
from api.context import Ctx
from api.questions import EveryText, StartText, StopText, length, window
from influx.location_value import together
from influx.plan import plan
from influx.points import to_datetime
from influx.rfc3339 import iso
from influx.schema import ENVIRONMENT
from influx.steps import fits
from influx.store import Series
from influx.windows import WindowError

router = APIRouter(tags=["readings"], dependencies=[needs(Right.VIEW)])

FORTNIGHT = timedelta(days=14)
FIVE_MINUTES = timedelta(minutes=5)
MAX_ROWS = 50_000


class Temperature(BaseModel):
    """The mean temperature of one step; of several sensors the median of their means."""

    temperature: float = Field(description="°C, to 2 decimals.")
    collected_at: str = Field(description="Start of the step, ISO 8601 in UTC.")


@router.get("/temperature/history", response_model=list[Temperature])
def temperature_history(
    context: Ctx,
    location: Annotated[
        str | None, Query(max_length=48, description="The first location where left out.")
    ] = None,
    start: StartText = None,
    stop: StopText = None,
    every: EveryText = None,
) -> Response:
    """Mean temperatures, oldest first: the last 14 days in steps of 5 minutes unless asked otherwise.

    Before the time of which readings are kept the steps are 15 minutes at least, and days at last.
    A location that is not configured and was never measured is a 404.
    """
    asked = window(context.now(), FORTNIGHT, context.timezone, start, stop)
    step = length(every, "every") if every is not None else FIVE_MINUTES
    where = location if location is not None else context.default_location
    steps = plan(
        ENVIRONMENT.name,
        ("temperature",),
        asked,
        horizon=context.horizon,
        every=step,
        group=("node", "sensor"),
        tags={"location": where},
        max_points=MAX_ROWS,
    )
    if not fits(asked.length, step, MAX_ROWS):
        raise WindowError(
            f"{asked.length} in steps of {step} is more than {MAX_ROWS} rows; ask for less, or a longer every"
        )
    rows = of_the_location(context.store.series(steps))
    if not rows and location is not None:
        check_known(context, location)
    return Response(as_json(rows), media_type="application/json")


def as_json(rows: Iterable[tuple[int, float]]) -> str:
    """``rows`` of times in ns and values as a JSON list of ``Temperature``.

    By hand: there are thousands, and models and their encoder take ten times as long as the query.
    """
    each = [f'{{"temperature":{value:.2f},"collected_at":"{_moment(time_ns)}"}}' for time_ns, value in rows]
    return f"[{','.join(each)}]"


@lru_cache(maxsize=8192)
def _moment(time_ns: int) -> str:
    """The start of a step in words; the next answer has nearly all of the same."""
    return iso(to_datetime(time_ns))


def of_the_location(sensors: Iterable[Series]) -> list[tuple[int, float]]:
    """The time in ns and one value of each step, oldest first.

    It is the median of the sensors, however often each of them speaks.
    """
    several = [_values(series) for series in sensors]
    if len(several) == 1:
        return several[0]
    heard: dict[int, list[float]] = defaultdict(list)
    for values in several:
        for time_ns, value in values:
            heard[time_ns].append(value)
    return [(time_ns, together(heard[time_ns])) for time_ns in sorted(heard)]


def _values(series: Series) -> list[tuple[int, float]]:
    (values,) = series.columns
    return [(at, value) for at, value in zip(series.times, values, strict=True) if value is not None]
