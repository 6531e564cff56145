"""``GET /registry``: what is expected to be heard of, and when it was."""

from typing import Any

from fastapi import APIRouter

from api import registry
from api.access.rights import Right, needs
from api.context import Ctx
from influx.registry import told
from influx.rfc3339 import iso

router = APIRouter(tags=["registry"], dependencies=[needs(Right.VIEW)])


@router.get("/registry")
def get_registry(context: Ctx) -> dict[str, Any]:
    """Every node, sensor, camera and pet that is expected, with the time and the age in seconds of the last
    sign of it.

    `state` is `ok`, `silent`, `never` (no sign yet) or `retired`; `missed` says that it had time enough to
    give one.
    """
    return {"now": iso(context.now()), "things": [told(entry) for entry in registry.entries(context)]}
