"""The journal: ``POST``, ``GET`` and ``DELETE /journal``."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.access.rights import Right, needs
from api.context import Ctx
from api.ingest import intake
from api.journal import entries as journal
from api.problems import Problem
from api.questions import StartText, StopText, window
from influx.buckets import AHEAD

router = APIRouter(tags=["nursery"])

_MONTH = timedelta(days=30)
_MAX_PAGE = 200


@router.post("/journal", status_code=201, dependencies=[needs(Right.CHANGE)])
def write_down(context: Ctx, entry: journal.Entry) -> dict[str, Any]:
    """Write down what was eaten or drunk; the answer means that it survives a power cut."""
    point = journal.to_point(entry, context.now())
    intake.accept(context, [point])
    return journal.as_json(point)


@router.post("/journal/said", status_code=201, dependencies=[needs(Right.CHANGE)])
def write_down_what_was_said(context: Ctx, spoken: journal.Spoken) -> dict[str, Any]:
    """Write down a short English sentence, typed or spoken: `drink 120 ml milk`, `ate half a banana`.

    A time (`at 3 am`, `10 minutes ago`) is the most recent one at home, of the last 24 hours.
    `message` says in words what was written down and what had to be guessed (`guessed`); where several things
    were said there are several `entries`, of which `entry` is the first. `undo` takes each back, by DELETE.
    """
    now, zone = context.now(), context.timezone
    made, parsed = journal.from_sentence(spoken, now, zone)
    intake.accept(context, made)
    entries = [journal.as_json(point) for point in made]
    return {
        "message": " ".join(journal.understood(*one, now, zone) for one in zip(made, parsed, strict=True)),
        "entry": entries[0],
        "entries": entries,
        "guessed": sorted({name for one in parsed for name in one.guessed}),
        "undo": [f"/journal/{entry['entry_id']}" for entry in entries],
    }


@router.get("/journal", dependencies=[needs(Right.VIEW)])
def entries(
    context: Ctx,
    start: StartText = None,
    stop: StopText = None,
    before: Annotated[str | None, Query(max_length=400, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=_MAX_PAGE)] = 50,
) -> dict[str, Any]:
    """Entries, newest first; the last 30 days unless asked otherwise."""
    asked = window(context.now() + AHEAD, _MONTH, context.timezone, start, stop)
    found = journal.page(context, asked, limit=limit, before=before)
    return {"entries": [journal.as_json(point) for point in found.points], "next": found.next}


@router.delete(
    "/journal/{entry_id}", status_code=204, response_class=Response, dependencies=[needs(Right.CHANGE)]
)
def undo(context: Ctx, entry_id: str) -> Response:
    """Take an entry back; 404 where there is none, 503 while it is still on its way."""
    point = journal.find(context, entry_id)
    if point is None:
        raise Problem(404, f"There is no journal entry {entry_id!r:.40}.")
    journal.take_back(context, point)
    return Response(status_code=204)
