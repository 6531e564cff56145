"""``GET /temperature/history``, the endpoint of the temperature logger: a fortnight in 5-minute means."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from api.access.rights import Right, needs
from api.asked import EveryText, StartText, StopText, length, window
from api.context import Ctx
from api.events import iso
from api.places import check_known
from influx.places import together
from influx.plan import plan
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
    rows = of_the_place(context.store.series(steps))
    if not rows and location is not None:
        check_known(context, location)
    return Response(as_json(rows), media_type="application/json")


def as_json(rows: Iterable[tuple[datetime, float]]) -> str:
    """``rows`` as a JSON list of ``Temperature``.

    By hand: there are thousands, and models and their encoder take ten times as long as the query.
    """
    each = [f'{{"temperature":{round(value, 2)},"collected_at":"{_iso(moment)}"}}' for moment, value in rows]
    return f"[{','.join(each)}]"


def _iso(moment: datetime) -> str:
    """What ``iso`` says of a moment in UTC, quicker for whole seconds."""
    return iso(moment) if moment.microsecond else f"{moment.isoformat()[:19]}Z"


def of_the_place(sensors: Iterable[Series]) -> list[tuple[datetime, float]]:
    """One value a step, oldest first: the median of the sensors, however often each of them speaks."""
    several = list(sensors)
    if len(several) == 1:
        return [(moment, together((value,))) for moment, (value,) in several[0].rows if value is not None]
    heard: dict[datetime, list[float]] = defaultdict(list)
    for series in several:
        for moment, (value,) in series.rows:
            if value is not None:
                heard[moment].append(value)
    return [(moment, together(heard[moment])) for moment in sorted(heard)]
