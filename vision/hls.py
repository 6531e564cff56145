"""What the node endpoint answers below ``/hls/``: the playlist and what it names."""

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from vision.segments import Segments
from vision.status import LOST, Status

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
_ENOUGH = 3
"""Segments that players want to begin with: they start three from the end (RFC 8216, 6.3.3), and Chrome fails
where it has played all there are before the next is listed."""
_ENOUGH_WITHIN, _FIRST = 3.0, 6.0
"""Seconds that the first question waits for so many, and for any: longer than the longest segment."""
_LOOK = 0.05
_HEADERS = {"Cache-Control": "no-store"}


def routes(segments: Segments, status: Status) -> list[Route]:
    """``/hls/index.m3u8``, and ``/hls/`` with the name of a segment or an initialisation."""

    async def index(_request: Request) -> Response:
        loop = asyncio.get_running_loop()
        began, least = loop.time(), _ENOUGH
        while (answer := _answer(segments, status, least)) is None and loop.time() < began + _FIRST:
            await asyncio.sleep(_LOOK)
            least = _ENOUGH if loop.time() < began + _ENOUGH_WITHIN else 1
        return answer or _say(status, "has no segment yet", 503)

    async def file(request: Request) -> Response:
        data = segments.file(request.path_params["name"])
        if data is None:
            return _say(status, "has no such segment any more; ask for the playlist again", 404)
        return Response(data, media_type="video/mp4", headers=_HEADERS)

    return [Route("/hls/index.m3u8", index), Route("/hls/{name}", file)]


def _answer(segments: Segments, status: Status, least: int) -> Response | None:
    text = segments.playlist(least)
    if text is not None:
        return Response(text, media_type=PLAYLIST_TYPE, headers=_HEADERS)
    health = status.health()
    if segments.refusal:
        return _say(status, f"has no HLS: {segments.refusal}", 404)
    if health.state == LOST:
        return PlainTextResponse(health.reason, 503)
    return None


def _say(status: Status, what: str, code: int) -> Response:
    return PlainTextResponse(f"camera {status.health().camera} {what}", code)
