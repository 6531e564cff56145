"""``GET /health``: whether every part works, told within seconds whatever hangs."""

from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import version
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request

from api.cameras import statuses
from api.context import Context, Ctx
from collector.spool import SpoolError
from influx.schema import REGISTRY
from influx.store import RowQuery, StoreError
from influx.windows import Window

router = APIRouter(tags=["health"])

VERSION = version("hutch-monitor")
_TIMEOUT = 2.0
"""Seconds that a part may take to answer."""
_HOUR = timedelta(hours=1)
CHECKS_AT_ONCE = 4
"""Threads that checks may hold, so that a store that hangs leaves the other endpoints theirs."""

Part = dict[str, Any]


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def health(request: Request, context: Ctx) -> dict[str, Any]:
    """`status` is `ok` where the store and the spool answer and every camera runs, else `degraded`.

    The answer is 200 either way: whoever asks wants to know which part it is.
    """
    parts: dict[str, Part] = {}
    limiter: CapacityLimiter = request.app.state.check_limiter

    async def check(name: str, look: Callable[[Context], Part]) -> None:
        parts[name] = {"reachable": False, "reason": f"no answer within {_TIMEOUT:g} s"}
        with anyio.move_on_after(_TIMEOUT):
            parts[name] = await to_thread.run_sync(look, context, abandon_on_cancel=True, limiter=limiter)

    async def check_cameras() -> None:
        parts["cameras"] = {
            camera.name: {"state": camera.state, "frame_age": camera.frame_age, "reason": camera.reason}
            for camera in await statuses(context)
        }

    async with anyio.create_task_group() as group:
        group.start_soon(check, "store", _store)
        group.start_soon(check, "spool", _spool)
        group.start_soon(check_cameras)
    well = all(parts[name]["reachable"] for name in ("store", "spool"))
    well = well and all(camera["state"] == "running" for camera in parts["cameras"].values())
    return {"status": "ok" if well else "degraded", "node": context.node, "version": VERSION, **parts}


def _store(context: Context) -> Part:
    try:
        context.store.rows(RowQuery(REGISTRY.name, Window.last(_HOUR, context.now()), limit=1))
    except StoreError as error:
        return {"reachable": False, "reason": str(error)}
    return {"reachable": True}


def _spool(context: Context) -> Part:
    try:
        status = context.spool.status()
    except SpoolError as error:
        return {"reachable": False, "reason": str(error)}
    return {
        "reachable": True,
        "depth": status.depth,
        "oldest_age": round(status.oldest_age, 3),
        "rejected": status.rejected,
        "dropped": status.dropped,
    }
