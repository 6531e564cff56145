"""Health: every part of Hutch, how it is, and what to do about it; renewed by itself."""

import platform
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import anyio
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response

from api import health, registry
from api.access.caller import caller_of
from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.pages import shown_alarms, shown_health, shown_machines
from api.pages.alerts import reading
from api.pages.render import PageRoute, Unit, page
from influx import alarms, points
from influx.buckets import AHEAD
from influx.schema import NODE, PIPELINE, VOLUME
from influx.store import StoreError
from influx.windows import Window

router = APIRouter(
    prefix="/pages", include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.VIEW)]
)

TIMEOUT = 3.0
"""Seconds that the store may take for what ``/health`` does not tell."""
MEMORY = timedelta(days=1)
"""How far back a machine's newest word is looked for; who is quiet for longer stands in the registry."""
PACKAGES = ("fastapi", "numpy", "opencv-python-headless", "av", "influxdb-client")


@router.get("/health")
async def health_page(request: Request, context: Ctx, unit: Unit) -> Response:
    """The whole page."""
    told = await _told(request, context, unit)
    return page(request, "health.html", versions=_versions(told["version"]), **told)


@router.get("/parts/health")
async def health_part(request: Request, context: Ctx, unit: Unit) -> Response:
    """What of the page changes."""
    return page(request, "parts/health.html", **await _told(request, context, unit))


async def _told(request: Request, context: Context, unit: str) -> dict[str, Any]:
    found: dict[str, Any] = {"nodes": [], "volumes": [], "things": None}

    known = registry.entries_once(context)

    async def look() -> None:
        limiter: CapacityLimiter = request.app.state.check_limiter
        with anyio.move_on_after(TIMEOUT):
            found.update(
                await to_thread.run_sync(
                    _stored, context, unit, known, abandon_on_cancel=True, limiter=limiter
                )
            )

    async def ask() -> None:
        found["health"] = await health.told(request, context, known)

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        group.start_soon(look)
    told = found.pop("health")
    how = reading(context, caller_of(request), unit)
    telling = shown_alarms.parts(await to_thread.run_sync(alarms.read, context.data_dir), how)
    return {
        **found,
        "well": told["status"] == "ok" and all(part.state != shown_health.BAD for part in telling),
        "version": told["version"],
        "parts": shown_health.by_state([*shown_health.parts(told), *telling]),
    }


def _stored(context: Context, unit: str, known: health.Known) -> dict[str, Any]:
    """What the store knows; nothing of it while the store is away, which is told already."""
    now = context.now()
    window = Window(now - MEMORY, now + AHEAD)
    try:
        node, pipeline, volume = (
            context.store.latest(spec.name, window) for spec in (NODE, PIPELINE, VOLUME)
        )
        entries = known()
    except StoreError:
        return {}
    return {
        "nodes": shown_machines.nodes(node, pipeline, points.to_ns(now), unit),
        "volumes": shown_machines.volumes(volume),
        "things": shown_machines.things(entries),
    }


def _versions(own: str) -> list[tuple[str, str]]:
    found = [("Hutch", own), ("Python", platform.python_version()), ("System", platform.platform(terse=True))]
    for package in PACKAGES:
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    return found
