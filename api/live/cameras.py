"""The camera processes, as the API reaches them: their node endpoints on Unix sockets."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import httpx

from api.context import Context
from api.problems import Problem
from vision.address import node_address
from vision.config import CameraSection

CONNECT_TIMEOUT = 1.0
"""Seconds; the socket is on this machine."""
STATUS_TIMEOUT = 1.5
"""Seconds for anything that is told at once."""
STALL_TIMEOUT = 15.0
"""Seconds without a byte after which a live picture is given up: the watcher's page opens it again."""
RETRY_AFTER = 3.0
"""Seconds after which a camera that is away or gave nothing may be asked again."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """How one camera is doing; ``away`` where its process does not answer."""

    name: str
    location: str
    state: str
    reason: str = ""
    frame_age: float | None = None
    fps: float | None = None
    width: int | None = None
    height: int | None = None


def camera_named(context: Context, name: str | None) -> CameraSection:
    """The camera of this name, or the first where ``name`` is None; raises ``Problem`` 404."""
    for camera in context.cameras:
        if name is None or camera.name == name:
            return camera
    known = ", ".join(camera.name for camera in context.cameras)
    if name is None or not known:
        raise Problem(404, "No camera is configured.")
    raise Problem(404, f"There is no camera {name!r:.60}; there are {known}.")


@asynccontextmanager
async def ask(
    context: Context,
    camera: CameraSection,
    path: str,
    *,
    read_timeout: float = STATUS_TIMEOUT,
    params: Mapping[str, str] | None = None,
    method: str = "GET",
) -> AsyncIterator[httpx.Response]:
    """The answer of the camera's node endpoint, body not yet read; raises ``Problem`` 503 where it is away.

    Leaving the context closes the connection at once.
    """
    transport = httpx.AsyncHTTPTransport(uds=str(node_address(context.data_dir, camera.name)), verify=False)
    timeout = httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT)
    async with httpx.AsyncClient(transport=transport, base_url="http://node", timeout=timeout) as client:
        try:
            async with client.stream(method, path, params=params) as response:
                yield response
        except httpx.HTTPError:
            raise Problem(
                503,
                f"The camera {camera.name} is away; its process does not answer.",
                retry_after=RETRY_AFTER,
            ) from None


async def check(answer: httpx.Response, camera: str) -> None:
    """Raise ``Problem`` 503 with what the camera's process says where it gives no picture."""
    if answer.status_code != 200:
        await answer.aread()
        reason = answer.text.strip()[:200] or "it has no picture yet"
        raise Problem(503, f"The camera {camera} has no picture: {reason}", retry_after=RETRY_AFTER)


async def status(context: Context, camera: CameraSection) -> CameraState:
    """How ``camera`` is doing, told within 2 s whatever happens."""
    try:
        with anyio.fail_after(STATUS_TIMEOUT):
            async with ask(context, camera, "/status") as response:
                await response.aread()
                told = response.json()
    except (Problem, TimeoutError, ValueError):
        return CameraState(camera.name, camera.location, "away", "its process does not answer")
    return _state(camera, told if isinstance(told, dict) else {})


def _state(camera: CameraSection, told: dict[str, Any]) -> CameraState:
    return CameraState(
        camera.name,
        camera.location,
        str(told.get("state", "away")),
        str(told.get("reason") or ""),
        told.get("frame_age"),
        told.get("fps"),
        told.get("width"),
        told.get("height"),
    )


async def statuses(context: Context) -> list[CameraState]:
    """How every configured camera is doing, in the order of the configuration, asked all at once."""
    found: dict[str, CameraState] = {}

    async def one(camera: CameraSection) -> None:
        found[camera.name] = await status(context, camera)

    async with anyio.create_task_group() as group:
        for camera in context.cameras:
            group.start_soon(one, camera)
    return [found[camera.name] for camera in context.cameras]
