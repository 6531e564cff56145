"""The pages people look at, rendered on the server; ``router`` holds them all.

``/`` is the overview; the others live under ``/pages/``, because the plain words (``/live``, ``/events``)
are the addresses of pictures and JSON. ``/pages/parts/`` are pieces of pages that refresh themselves.
"""

from fastapi import APIRouter

from api.pages import (
    alerts,
    corrections,
    devices,
    events,
    files,
    formula,
    gallery,
    gas,
    health,
    journal,
    live,
    login,
    overview,
    pets,
)

router = APIRouter(include_in_schema=False)
for part in (
    overview,
    live,
    events,
    corrections,
    gallery,
    journal,
    formula,
    gas,
    alerts,
    devices,
    login,
    pets,
    health,
    files,
):
    router.include_router(part.router)
