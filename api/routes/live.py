"""``GET /live`` and ``/live.jpg``: the picture of a camera as it is now, relayed from its process."""

from contextlib import AsyncExitStack
from typing import Annotated

import anyio
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.access.rights import Right, needs
from api.context import Ctx
from api.live.cameras import ask, camera_named, check
from api.live.fanout import MEDIA_TYPE, PACES, Fanouts
from api.live.streams import Streams

router = APIRouter(tags=["cameras"], dependencies=[needs(Right.LIVE)])

CameraName = Annotated[
    str | None, Query(max_length=48, description="The camera's name; the first camera where left out.")
]
NEVER_KEPT = {"Cache-Control": "no-store"}


@router.get("/live", response_class=StreamingResponse)
async def live(
    request: Request,
    context: Ctx,
    camera: CameraName = None,
    fps: Annotated[float, Query(ge=0.01, le=PACES[-1])] = PACES[-1],
) -> StreamingResponse:
    """The live picture as MJPEG, which a page shows with `<img>`; it lasts until the watcher leaves."""
    chosen = camera_named(context, camera)
    fanouts: Fanouts = request.app.state.fanouts
    async with AsyncExitStack() as stack:
        pictures = await stack.enter_async_context(fanouts.watch(context, chosen, fps))
        streams: Streams = request.app.state.streams
        content = streams.until_end(pictures)
        return Watched(stack.pop_all(), content=content, headers=NEVER_KEPT, media_type=MEDIA_TYPE)
    raise AssertionError  # for mypy: the stack holds no exception back


class Watched(StreamingResponse):
    """A stream that closes ``closing`` as soon as the watcher leaves."""

    def __init__(self, closing: AsyncExitStack, **options: object) -> None:
        super().__init__(**options)  # type: ignore[arg-type]
        self._closing = closing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream, as ASGI has it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._closing.aclose()


@router.get("/live.jpg", response_class=Response)
async def live_jpg(context: Ctx, camera: CameraName = None) -> Response:
    """The newest picture as JPEG; `X-Frame-Time` tells when it was taken (ISO 8601, UTC)."""
    chosen = camera_named(context, camera)
    async with ask(context, chosen, "/frame.jpg") as upstream:
        await check(upstream, chosen.name)
        headers = dict(NEVER_KEPT)
        if taken := upstream.headers.get("x-frame-time"):
            headers["X-Frame-Time"] = taken
        return Response(await upstream.aread(), media_type="image/jpeg", headers=headers)
