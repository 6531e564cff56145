"""Live: every camera, one tile each."""

from fastapi import APIRouter, Request, Response

from api.access.rights import Right, needs
from api.context import Ctx
from api.live.cameras import camera_named
from api.pages import shown_cameras
from api.pages.render import PageRoute, page

router = APIRouter(
    prefix="/pages", include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.VIEW)]
)


@router.get("/live")
def live(request: Request, context: Ctx) -> Response:
    """All cameras at once."""
    return page(request, "live.html", cameras=shown_cameras.every(context))


@router.get("/parts/cameras/{name}")
async def camera_part(request: Request, context: Ctx, name: str) -> Response:
    """The words below one camera's picture."""
    camera = camera_named(context, name)
    return page(request, "parts/camera.html", camera=await shown_cameras.one(context, camera))
