"""``GET /temperature/history``, the endpoint of the temperature logger: a fortnight in 5-minute means."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.asked import EveryText, StartText, StopText, length, window
from api.context import Ctx
from api.events import iso
from influx.plan import plan
from influx.schema import ENVIRONMENT
from influx.steps import fits
from influx.windows import WindowError

router = APIRouter(tags=["readings"])

FORTNIGHT = timedelta(days=14)
FIVE_MINUTES = timedelta(minutes=5)
MAX_ROWS = 50_000


class Temperature(BaseModel):
    """The mean temperature of one step."""

    temperature: float = Field(description="°C, to 2 decimals.")
    collected_at: str = Field(description="Start of the step, ISO 8601 in UTC.")


@router.get("/temperature/history")
def temperature_history(
    context: Ctx,
    location: Annotated[
        str | None, Query(max_length=48, description="The first location where left out.")
    ] = None,
    start: StartText = None,
    stop: StopText = None,
    every: EveryText = None,
) -> list[Temperature]:
    """Mean temperatures, oldest first: the last 14 days in steps of 5 minutes unless asked otherwise.

    Before the time of which readings are kept the steps are 15 minutes at least, and days at last.
    """
    asked = window(context.now(), FORTNIGHT, start, stop)
    step = length(every, "every") if every is not None else FIVE_MINUTES
    if not fits(asked.length, step, MAX_ROWS):
        raise WindowError(
            f"{asked.length} in steps of {step} is more than {MAX_ROWS} rows; ask for less, or a longer every"
        )
    where = location if location is not None else context.default_location
    steps = plan(
        ENVIRONMENT.name,
        ("temperature",),
        asked,
        horizon=context.horizon,
        every=step,
        group=("location",),
        tags={"location": where},
        max_points=MAX_ROWS,
    )
    return [
        Temperature(temperature=round(value, 2), collected_at=iso(moment))
        for series in context.store.series(steps)
        for moment, (value,) in series.rows
        if value is not None
    ]
