"""``PATCH /events/{id}``: an event is corrected by a person."""

from typing import Any

from fastapi import APIRouter

from api.access.caller import Who
from api.access.rights import Right, needs
from api.context import Ctx
from api.events.correcting import Kept, Wish, correct
from api.events.listing import as_json
from api.links import linked
from influx.pins import is_pinned

router = APIRouter(tags=["events"], dependencies=[needs(Right.CHANGE)])


@router.patch("/events/{event_id}")
def patch(context: Ctx, corrections: Kept, who: Who, event_id: str, wish: Wish) -> dict[str, Any]:
    """Say whose an event was, what it did, or that it was no pet; the event as it is then.

    What an event first said stays in `corrected_from`, and `undo` brings it back. The same again changes
    nothing. A clip on its way, or a copy of the event that comes late, does not bring back the old words.
    """
    event = correct(context, corrections, event_id, wish, who)
    return linked(context, as_json(event, pinned=is_pinned(context.store, event)))
