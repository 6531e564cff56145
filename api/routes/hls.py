"""``GET /live/{camera}/index.m3u8`` and what it names: the live picture as the camera encoded it (HLS)."""

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.live.cameras import RETRY_AFTER, ask, camera_named
from api.live.shelf import Answer, Shelf
from api.problems import Problem, capital
from api.routes.live import NEVER_KEPT
from vision.config import CameraSection

router = APIRouter(tags=["cameras"], dependencies=[needs(Right.LIVE)])

Name = Annotated[str, Path(max_length=48, description="The camera's name.")]
_FILE = re.compile(r"(init-\d{1,19}\.mp4|\d{1,19}\.m4s)")
_FIRST = 8.0
"""Seconds that a playlist may take: a camera answers the first question when it has a segment."""
_FRESH, _LASTING = 0.4, 12.0
"""Seconds for which a playlist, and a segment of it, are given to everybody who asks."""


@router.get("/live/{camera}/index.m3u8", response_class=Response)
async def index(request: Request, context: Ctx, camera: Name) -> Response:
    """The playlist, for players that know HLS (phones, Safari, Chrome, VLC). Segments are made as long as
    somebody asks for it; 404 where the camera sends no H.264, whose picture `/live` shows all the same.
    """
    return await _answer(request, camera_named(context, camera), "index.m3u8", _FRESH)


@router.get("/live/{camera}/{file}", response_class=Response)
async def file(
    request: Request, context: Ctx, camera: Name, file: Annotated[str, Path(max_length=40)]
) -> Response:
    """A file that the playlist names; 404 once it is gone."""
    chosen = camera_named(context, camera)
    if _FILE.fullmatch(file) is None:
        raise Problem(404, f"There is no file {file!r:.60} of a live picture; its playlist is index.m3u8.")
    return await _answer(request, chosen, file, _LASTING)


async def _answer(request: Request, camera: CameraSection, name: str, seconds: float) -> Response:
    context: Context = request.app.state.context
    shelf: Shelf = request.app.state.shelf

    async def fetch() -> Answer:
        async with ask(context, camera, f"/hls/{name}", read_timeout=_FIRST) as upstream:
            body = await upstream.aread()
            return Answer(upstream.status_code, body, upstream.headers.get("content-type", ""))

    answer = await shelf.get((camera.name, name), fetch, seconds)
    if answer.status != 200:
        said = capital(answer.body.decode(errors="replace")[:300])
        raise Problem(404, said) if answer.status == 404 else Problem(503, said, retry_after=RETRY_AFTER)
    return Response(answer.body, media_type=answer.media_type, headers=NEVER_KEPT)
