"""How every part of Hutch is, told within seconds whatever hangs."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import Request

from api.away import Troubles
from api.context import Context
from api.live.cameras import statuses
from api.version import VERSION
from collector.spool import SpoolError
from influx.buckets import AHEAD
from influx.registry import Entry, State
from influx.rfc3339 import iso
from influx.schema import PIPELINE
from influx.store import RowQuery, StoreError
from influx.windows import Window
from vision.clips import ClipMissing, ClipsUnavailable

_TIMEOUT = 2.0
"""Seconds that a part may take to answer."""
OLDEST_AGE = 60
"""Seconds from which a point waits in the spool because something is wrong."""
SILENCE = timedelta(seconds=90)
"""How long a collector that lives says nothing at most: three of its reports."""
LEAST_FREE, LEAST_SHARE = 50 * 1024**2, 0.01
"""Bytes, and the share of the disk, that must be free for points to be stored."""
CHECKS_AT_ONCE = 4
"""Threads that checks may hold, so that a store that hangs leaves the other endpoints theirs."""

Part = dict[str, Any]
Known = Callable[[], list[Entry]]


async def told(request: Request, context: Context, known: Known) -> dict[str, Any]:
    """The ``status`` and every part with what is wrong with it, where ``known`` gives what is registered."""
    parts: dict[str, Part] = {}
    limiter: CapacityLimiter = request.app.state.check_limiter

    async def check(name: str, look: Callable[[Context], dict[str, Part]]) -> None:
        parts[name] = {"reachable": False, "reason": f"no answer within {_TIMEOUT:g} s"}
        with anyio.move_on_after(_TIMEOUT):
            parts.update(await to_thread.run_sync(look, context, abandon_on_cancel=True, limiter=limiter))

    def look_at_store(context: Context) -> dict[str, Part]:
        return _store(context, request.app.state.started, request.app.state.troubles)

    def look_at_registry(context: Context) -> dict[str, Part]:
        return _registry(context, request.app.state.started, known)

    def look_at_clips(context: Context) -> dict[str, Part]:
        return _clips(context, request.app.state.troubles)

    async def check_cameras() -> None:
        parts["cameras"] = {
            camera.name: {"state": camera.state, "frame_age": camera.frame_age, "reason": camera.reason}
            for camera in await statuses(context)
        }

    async with anyio.create_task_group() as group:
        group.start_soon(check, "store", look_at_store)
        group.start_soon(check, "spool", _spool)
        group.start_soon(check, "clips", look_at_clips)
        group.start_soon(check, "registry", look_at_registry)
        group.start_soon(check_cameras)
    well = not any("reason" in part for name, part in parts.items() if name != "cameras")
    well = well and all(camera["state"] == "running" for camera in parts["cameras"].values())
    status = "ok" if well else "degraded"
    return {"status": status, "node": context.node, "version": VERSION, **parts}


def _store(context: Context, started: datetime, troubles: Troubles) -> dict[str, Part]:
    """The store, and as it tells the collector: where it is away, nobody can say how the collector is."""
    now = context.now()
    window = Window(now - SILENCE, now + AHEAD)
    query = RowQuery(PIPELINE.name, window, {"node": context.node, "part": "spool"}, limit=1)
    try:
        reports = context.store.rows(query).points
    except StoreError as error:
        return {"store": {"reachable": False, "reason": troubles.meet(error, now)}}
    parts: dict[str, Part] = {"store": {"reachable": True}}
    if context.sensors:
        parts["collector"] = {"last_report": iso(reports[0].time) if reports else None}
        if not reports and now - started > SILENCE:
            parts["collector"]["reason"] = (
                f"no report of the collector was stored within {SILENCE.total_seconds():g} s;"
                " see that it runs"
            )
    return parts


def _registry(context: Context, started: datetime, known: Known) -> dict[str, Part]:
    """What is expected and missed; where the store is away, nobody can say."""
    try:
        entries = known()
    except StoreError:
        return {"registry": {"expected": None, "missed": None}}
    missed = [entry.thing.name for entry in entries if entry.missed]
    expected = sum(entry.state is not State.RETIRED for entry in entries)
    part: Part = {"expected": expected, "missed": missed}
    if missed:
        part["reason"] = (
            f"{len(missed)} of {expected} that are expected are not heard of: {', '.join(missed)}"
        )
    elif not entries and (context.sensors or context.cameras) and context.now() - started > SILENCE:
        part["reason"] = (
            "nothing is registered, though sensors or cameras are configured, so nothing would be missed;"
            " the collector registers them when it starts and every hour: see that it runs"
        )
    return {"registry": part}


def _clips(context: Context, troubles: Troubles) -> dict[str, Part]:
    """Whether the store of clips answers, asked for a key that no clip has."""
    try:
        context.clips.stat("hutch")
    except ClipMissing:
        pass
    except ClipsUnavailable as error:
        return {"clips": {"reachable": False, "reason": troubles.meet(error, context.now())}}
    return {"clips": {"reachable": True}}


def _spool(context: Context) -> dict[str, Part]:
    return {"spool": _waiting(context), "disk": _disk(context)}


def _waiting(context: Context) -> Part:
    try:
        status = context.spool.status()
    except SpoolError as error:
        return {"reachable": False, "reason": str(error)}
    part: Part = {
        "reachable": True,
        "depth": status.depth,
        "oldest_age": round(status.oldest_age, 3),
        "rejected": status.rejected,
        "dropped": status.dropped,
    }
    if status.oldest_age > OLDEST_AGE:
        part["reason"] = f"points have waited for the database for {status.oldest_age:.0f} s"
    return part


def _disk(context: Context) -> Part:
    try:
        total, _used, free = shutil.disk_usage(context.data_dir)
    except OSError as error:
        return {"reason": f"the folder of the data cannot be looked at: {error.strerror or error}"}
    return room(total, free)


def room(total: int, free: int) -> Part:
    """How a disk of ``total`` bytes is with ``free`` of them; too few are a ``reason``."""
    part: Part = {"free": free}
    if free < LEAST_FREE or free < total * LEAST_SHARE:
        part["reason"] = f"only {free // 1024**2} MiB of the disk are free; make room, or points will be lost"
    return part
