"""The pages people look at, rendered on the server; ``router`` holds them all.

``/`` is the overview; the others live under ``/pages/``, because the plain words (``/live``, ``/events``)
are the addresses of pictures and JSON. ``/pages/parts/`` are pieces of pages that refresh themselves.
"""

from fastapi import APIRouter

from api.pages import devices, events, files, formula, journal, live, login, overview

router = APIRouter(include_in_schema=False)
for part in (overview, live, events, journal, formula, devices, login, files):
    router.include_router(part.router)
