"""Captures: photos and recordings that people ask a camera for; its process takes them."""

import json
from dataclasses import dataclass
from typing import Any

from api.context import Context
from api.live.cameras import RETRY_AFTER, ask, camera_named
from api.problems import Problem

DEFAULT_SECONDS = 10.0
_PATIENCE = 6.0
"""Seconds that the camera's process may take: it waits for 3 s for a picture."""


@dataclass(frozen=True, slots=True)
class Capture:
    """The event that a photo or recording is, ``seconds`` long, and whether it began just now."""

    event_id: str
    camera: str
    seconds: float
    began: bool

    def as_json(self) -> dict[str, Any]:
        """What the API tells of it; the event is there when the store has it, within a second or so."""
        return {
            "event_id": self.event_id,
            "camera": self.camera,
            "event": f"/events/{self.event_id}",
            "seconds": self.seconds,
            "began": self.began,
        }


async def photograph(context: Context, camera: str) -> Capture:
    """Have ``camera`` take a photo; raises ``Problem`` 404 for an unknown one, 503 where it cannot now."""
    return await _have(context, camera, "/snapshot", {})


async def record(context: Context, camera: str, seconds: float) -> Capture:
    """Have ``camera`` record the next ``seconds``, or tell of the recording that goes on; raises as above."""
    return await _have(context, camera, "/record", {"seconds": f"{seconds:g}"})


async def _have(context: Context, name: str, path: str, params: dict[str, str]) -> Capture:
    camera = camera_named(context, name)
    async with ask(context, camera, path, read_timeout=_PATIENCE, params=params, method="POST") as answer:
        said = (await answer.aread()).decode(errors="replace")
    if answer.status_code != 202:
        reason = said.strip()[:200] or "it does not say why"
        raise Problem(503, f"The camera {camera.name} took nothing: {reason}", retry_after=RETRY_AFTER)
    told = json.loads(said)
    return Capture(told["event_id"], camera.name, told.get("seconds", 0.0), told.get("began", True))
