"""``GET /history.csv``: any history, for a spreadsheet."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.access.rights import Right, needs
from api.climate.spreadsheet import Sheet
from api.context import Ctx
from api.problems import RETRY_AFTER, Problem
from api.questions import LastText, StartText, StopText, window
from api.routes.series import MeasurementName, field_named, measurement_named, tags_asked

router = APIRouter(tags=["readings"], dependencies=[needs(Right.VIEW)])

_DAY = timedelta(days=1)
_AT_ONCE = threading.BoundedSemaphore(4)
"""Exports that are under way: each keeps asking the store for as long as it is read."""


@router.get("/history.csv", response_class=StreamingResponse)
def history_csv(
    request: Request,
    context: Ctx,
    measurement: MeasurementName,
    field: Annotated[
        str | None, Query(max_length=40, description="Such as `temperature`; all where left out.")
    ] = None,
    start: StartText = None,
    stop: StopText = None,
    last: LastText = None,
) -> StreamingResponse:
    """A row a point, oldest first, with a header: the time (ISO 8601, UTC), the tags, the field. The last
    day unless asked otherwise. Any tag of the measurement is a parameter that keeps only points with its
    value.

    Where one field is asked for and the window starts before readings as they were read are kept, its rows
    are quarter hours, or days at last, with mean, lowest, highest and how many readings. Texts that a
    spreadsheet would take for a formula begin with an apostrophe.
    """
    spec = measurement_named(measurement)
    sheet = Sheet(
        spec,
        field_named(spec, field) if field is not None else None,
        window(context.now(), _DAY, context.timezone, start, stop, last),
        tags_asked(spec, request),
    )
    if not _AT_ONCE.acquire(blocking=False):
        raise Problem(
            503, "Other exports are under way; try again when one is done.", retry_after=RETRY_AFTER
        )
    chunks = _counted(sheet.chunks(context.store, context.horizon))
    # What goes wrong at the beginning is told; later the answer can only be cut off.
    begun = [next(chunks), next(chunks, "")]
    named = "-".join(filter(None, (spec.name, field, f"{sheet.window.stop:%Y-%m-%d}")))
    return StreamingResponse(
        chain(begun, chunks),
        media_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{named}.csv"', "Cache-Control": "no-store"},
    )


def _counted(chunks: Iterator[str]) -> Iterator[str]:
    try:
        yield from chunks
    finally:
        _AT_ONCE.release()
