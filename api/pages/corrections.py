"""The buttons of an event's page: this was Miso, wrong type, not a pet, undo, keep this clip."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from api.access.caller import Who
from api.access.rights import Right, needs
from api.context import Ctx
from api.events.correcting import Kept, Wish, correct
from api.events.listing import find
from api.events.pinning import pin
from api.pages.events import event_page
from api.pages.render import PageRoute
from api.problems import Problem, invalid_model

router = APIRouter(
    prefix="/pages", include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.CHANGE)]
)

Text = Annotated[str, Form(max_length=200)]


@router.post("/events/{event_id}/correct")
def corrected(
    request: Request,
    context: Ctx,
    corrections: Kept,
    who: Who,
    event_id: str,
    pet: Text = "",
    event_type: Text = "",
    not_a_pet: Text = "",
    undo: Text = "",
) -> Response:
    """Correct an event, and show it as it is then; a slip comes back with a sentence."""
    said = {"pet": pet, "event_type": event_type, "not_a_pet": bool(not_a_pet), "undo": bool(undo)}
    try:
        wish = Wish.model_validate({name: value for name, value in said.items() if value})
    except ValidationError as error:
        point = find(context, event_id)
        if point is None:
            raise Problem(404, "There is no such event any more.") from None
        return event_page(request, context, point, status=422, sentence=invalid_model(error))
    correct(context, corrections, event_id, wish, who)
    return RedirectResponse(f"/pages/events/{quote(event_id, safe='')}?corrected=1", 303)


@router.post("/events/{event_id}/pin")
def pinned(context: Ctx, who: Who, event_id: str, pinned: Text = "") -> Response:
    """Keep the clip of an event, or no longer, and show the event."""
    pin(context, event_id, who, pinned=bool(pinned))
    return RedirectResponse(f"/pages/events/{quote(event_id, safe='')}", 303)
