"""``POST`` and ``DELETE /events/{id}/pin``: a clip is to stay when room is made, or no longer."""

from typing import Any

from fastapi import APIRouter

from api.access.caller import Who
from api.access.rights import Right, needs
from api.context import Ctx
from api.events.listing import as_json
from api.events.pinning import pin
from api.links import linked

router = APIRouter(tags=["events"], dependencies=[needs(Right.CHANGE)])


@router.post("/events/{event_id}/pin")
def post(context: Ctx, who: Who, event_id: str) -> dict[str, Any]:
    """Keep the clip and the snapshot of an event when room is made for newer ones; the event as it is then.

    Pinned clips go last, and only a day after it was told that nothing else is left. They go with their
    event when that is older than events are kept. 409 where there is nothing to keep.
    """
    return linked(context, as_json(pin(context, event_id, who, pinned=True), pinned=True))


@router.delete("/events/{event_id}/pin")
def delete(context: Ctx, who: Who, event_id: str) -> dict[str, Any]:
    """Let the clip of an event go as any other; the event as it is then."""
    return linked(context, as_json(pin(context, event_id, who, pinned=False), pinned=False))
