"""``GET /live`` and ``/live.jpg``: the picture of a camera as it is now, relayed from its process."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated

import anyio
import httpx
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.access.rights import Right, needs
from api.cameras import STALL_TIMEOUT, ask, camera_named
from api.context import Ctx
from api.problems import Problem
from api.streams import Streams

router = APIRouter(tags=["cameras"], dependencies=[needs(Right.LIVE)])

CameraName = Annotated[
    str | None, Query(max_length=48, description="The camera's name; the first camera where left out.")
]
_NEVER_KEPT = {"Cache-Control": "no-store"}


@router.get("/live", response_class=StreamingResponse)
async def live(
    request: Request,
    context: Ctx,
    camera: CameraName = None,
    fps: Annotated[float | None, Query(gt=0, le=30)] = None,
) -> StreamingResponse:
    """The live picture as MJPEG, which a page shows with `<img>`; it lasts until the watcher leaves."""
    chosen = camera_named(context, camera)
    params = {} if fps is None else {"fps": f"{fps:g}"}
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(
            ask(context, chosen, "/live.mjpeg", read_timeout=STALL_TIMEOUT, params=params)
        )
        await _check(upstream, chosen.name)
        streams: Streams = request.app.state.streams
        return Relay(upstream, streams, stack.pop_all())


class Relay(StreamingResponse):
    """Passes on what ``upstream`` sends; when the watcher leaves, ``closing`` is closed at once."""

    def __init__(self, upstream: httpx.Response, streams: Streams, closing: AsyncExitStack) -> None:
        content = streams.until_end(_relay(upstream))
        super().__init__(content, headers=_NEVER_KEPT, media_type=upstream.headers.get("content-type"))
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream, as ASGI has it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._closing.aclose()


async def _relay(upstream: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in upstream.aiter_raw():
            yield chunk
    except httpx.HTTPError:
        return  # the camera's process ended or stalled: the stream ends, and the page opens it again


@router.get("/live.jpg", response_class=Response)
async def live_jpg(context: Ctx, camera: CameraName = None) -> Response:
    """The newest picture as JPEG; `X-Frame-Time` tells when it was taken (ISO 8601, UTC)."""
    chosen = camera_named(context, camera)
    async with ask(context, chosen, "/frame.jpg") as upstream:
        await _check(upstream, chosen.name)
        headers = dict(_NEVER_KEPT)
        if taken := upstream.headers.get("x-frame-time"):
            headers["X-Frame-Time"] = taken
        return Response(await upstream.aread(), media_type="image/jpeg", headers=headers)


async def _check(upstream: httpx.Response, camera: str) -> None:
    if upstream.status_code != 200:
        await upstream.aread()
        reason = upstream.text.strip()[:200] or "it has no picture yet"
        raise Problem(503, f"The camera {camera} has no picture: {reason}", retry_after=3)
