"""``GET /clips/{id}`` and ``/snapshots/{id}``: the moving and the still picture of an event."""

from fastapi import APIRouter, Request, Response

from api.access.rights import Right, needs
from api.context import Ctx
from api.events.listing import find
from api.events.media import serve
from api.problems import Problem
from influx.points import Point
from vision.events import CLIP_LOST, CLIP_PRUNED, CLIP_WAITING

router = APIRouter(tags=["events"], dependencies=[needs(Right.VIEW)])

_WAITING_RETRY = 5
_GONE = {
    CLIP_PRUNED: "was deleted to make room",
    CLIP_LOST: "was lost: it was never stored, or is no longer where it was",
}


@router.head("/clips/{event_id}", include_in_schema=False)
@router.get("/clips/{event_id}", response_class=Response)
def clip(context: Ctx, request: Request, event_id: str) -> Response:
    """The clip of an event as MP4, whole or the part that `Range` asks for.

    404 where there is no such event or clip, 410 where the clip is gone, 503 while it is on its way.
    """
    event = _event(context, event_id)
    state, key = event.fields.get("clip_state"), str(event.fields.get("clip", ""))
    if state in _GONE:
        raise Problem(410, f"The clip of {event_id} {_GONE[str(state)]}.")
    if state == CLIP_WAITING:
        raise _on_its_way("clip", event_id)
    if not key:
        raise Problem(404, f"The event {event_id} has no clip.")
    return serve(context.clips, key, request, what=f"The clip of {event_id}")


@router.head("/snapshots/{event_id}", include_in_schema=False)
@router.get("/snapshots/{event_id}", response_class=Response)
def snapshot(context: Ctx, request: Request, event_id: str) -> Response:
    """The snapshot of an event as JPEG; 404, 410 and 503 as for its clip."""
    event = _event(context, event_id)
    key = str(event.fields.get("snapshot", ""))
    if not key:
        raise Problem(404, f"The event {event_id} has no snapshot.")
    try:
        return serve(context.clips, key, request, what=f"The snapshot of {event_id}")
    except Problem as problem:
        if problem.status_code == 410 and event.fields.get("clip_state") == CLIP_WAITING:
            raise _on_its_way("snapshot", event_id) from None
        raise


def _event(context: Ctx, event_id: str) -> Point:
    event = find(context, event_id)
    if event is None:
        raise Problem(404, f"There is no event {event_id!r:.80}.")
    return event


def _on_its_way(what: str, event_id: str) -> Problem:
    return Problem(503, f"The {what} of {event_id} is not stored yet.", retry_after=_WAITING_RETRY)
