"""The files that pages load: our own, and the chart library out of its installed package."""

from fastapi import APIRouter, Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api.access.rights import Right, needs

router = APIRouter(include_in_schema=False, dependencies=[needs(Right.PUBLIC)])

# StaticFiles finds both folders by the import machinery, without importing dygraphs.
_OWN = StaticFiles(packages=[("api", "static")], html=False)
_CHARTS = StaticFiles(packages=[("dygraphs", "assets")], html=False)


@router.get("/static/vendor/dygraphs/{path:path}")
async def chart_library(request: Request, path: str) -> Response:
    """A file of the chart library, 404 where there is none."""
    return await _file(_CHARTS, path, request)


@router.get("/static/{path:path}")
async def own(request: Request, path: str) -> Response:
    """A file of ours, 404 where there is none."""
    return await _file(_OWN, path, request)


@router.get("/favicon.ico")
async def favicon(request: Request) -> Response:
    """The drawing that stands in the browser's tab."""
    return await _file(_OWN, "favicon.svg", request)


async def _file(folder: StaticFiles, path: str, request: Request) -> Response:
    response = await folder.get_response(path, request.scope)
    response.headers["Cache-Control"] = "no-cache"
    return response
