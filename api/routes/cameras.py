"""``GET /cameras``: which cameras there are, and how they are doing."""

from typing import Any

from fastapi import APIRouter

from api.access.rights import Right, needs
from api.context import Ctx
from api.links import link
from api.live.cameras import statuses

router = APIRouter(tags=["cameras"], dependencies=[needs(Right.VIEW)])


@router.get("/cameras")
async def cameras(context: Ctx) -> list[dict[str, Any]]:
    """Every configured camera: its state (`running`, `starting`, `lost`, or `away` where its process does
    not answer) with the reason, and the age of its newest frame in seconds.
    """
    return [
        {
            "name": camera.name,
            "location": camera.location,
            "state": camera.state,
            "reason": camera.reason,
            "frame_age": camera.frame_age,
            "fps": camera.fps,
            "width": camera.width,
            "height": camera.height,
            "live": link(context, f"/live?camera={camera.name}"),
        }
        for camera in await statuses(context)
    ]
