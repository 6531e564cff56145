"""Gas: the newest values of every device as they come in, and how they were."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import RedirectResponse

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.pages import shown_gas
from api.pages.render import AWAY, PageRoute, page

router = APIRouter(include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.VIEW)])

WINDOWS = {"3h": "3 h", "24h": "24 h", "3d": "3 d", "1w": "1 w", "14d": "14 d"}
DEFAULT_WINDOW = "24h"


@router.get("/pages/gas")
def gas(
    request: Request, context: Ctx, last: Annotated[str, Query(max_length=40)] = DEFAULT_WINDOW
) -> Response:
    """Values and charts; a window that is no button's is the last day."""
    chosen = last if last in WINDOWS else DEFAULT_WINDOW
    return page(request, "gas.html", windows=WINDOWS.items(), last=chosen, **_stored(context))


@router.get("/pages/parts/gas")
def gas_part(request: Request, context: Ctx) -> Response:
    """The values now; a sentence while the store is away, so that old ones do not stay for new."""
    return page(request, "parts/gas.html", **_stored(context))


@router.get("/graph")
def graph() -> Response:
    """The charts, where the gas monitor had them."""
    return RedirectResponse("/pages/gas#history", 302)


def _stored(context: Context) -> dict[str, Any]:
    try:
        return {"away": False, "devices": shown_gas.devices(context)}
    except AWAY:
        return {"away": True, "devices": []}
