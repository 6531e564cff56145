"""``GET /health``: whether every part works."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter, Request

from api import health, registry
from api.access.caller import Who
from api.access.rights import Right, needs
from api.context import Context, Ctx

router = APIRouter(tags=["health"], dependencies=[needs(Right.PUBLIC)])

FRESH = 5.0
"""Seconds for which strangers are told the same: they may ask for nothing, and cost the store questions."""


@router.head("/health", include_in_schema=False)
@router.get("/health")
async def get_health(request: Request, context: Ctx, who: Who) -> dict[str, Any]:
    """`status` is `ok` where points can be stored and are, every camera runs and nothing that is expected is
    silent, else `degraded`.

    A part that is not well says why in its `reason`. The answer is 200 either way: whoever asks wants to
    know which part it is. Who is not logged in is told the `status` alone, found out within the last seconds.
    """
    if who.may(Right.VIEW):
        return await health.told(request, context, registry.entries_once(context))
    glance: Glance = request.app.state.glance
    return {"status": await glance.status(request, context)}


class Glance:
    """The status as strangers are told it: found out once in ``FRESH`` seconds, however many ask."""

    def __init__(self) -> None:
        self._finding: asyncio.Task[str] | None = None
        self._began = 0.0

    async def status(self, request: Request, context: Context) -> str:
        """``ok`` or ``degraded``. Used within one event loop."""
        if self._finding is None or time.monotonic() - self._began >= FRESH:
            self._began = time.monotonic()
            self._finding = asyncio.create_task(self._find(request, context))
        return await asyncio.shield(self._finding)  # one who leaves takes nothing from the others

    async def _find(self, request: Request, context: Context) -> str:
        told = await health.told(request, context, registry.entries_once(context))
        return str(told["status"])
