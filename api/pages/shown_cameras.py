"""Cameras as people read them: what each one does, since when, and why."""

from dataclasses import dataclass
from datetime import timedelta

from api.context import Context
from api.live.cameras import CameraState, status
from api.pages import words
from api.pages.shown_events import location_label
from vision.config import CameraSection

_ASKING = "asking"
_STATES = {
    _ASKING: "Asking",
    "running": "Live",
    "starting": "Starting",
    "lost": "Lost",
    "frozen": "Frozen",
    "black": "Sees nothing",
    "looping": "Repeats itself",
    "away": "Not running",
}

_STUCK = frozenset({"frozen", "black", "looping"})
"""Pictures come, but none of now."""


@dataclass(frozen=True, slots=True)
class ShownCamera:
    """One camera, in words."""

    name: str
    label: str
    location_label: str
    state: str
    title: str
    sentence: str
    simulated: bool


def every(context: Context) -> list[ShownCamera]:
    """Every configured camera, in the order of the configuration, not asked yet: no page waits for one."""
    return [
        _shown(context, camera, CameraState(camera.name, camera.location, _ASKING))
        for camera in context.cameras
    ]


async def one(context: Context, camera: CameraSection) -> ShownCamera:
    """One camera, asked how it is doing."""
    return _shown(context, camera, await status(context, camera))


def _shown(context: Context, camera: CameraSection, state: CameraState) -> ShownCamera:
    return ShownCamera(
        camera.name,
        words.label(camera.name),
        location_label(context, camera.location),
        state.state if state.state in _STATES else "away",
        _STATES.get(state.state, _STATES["away"]),
        _sentence(context, state),
        camera.kind == "scripted",
    )


def _sentence(context: Context, state: CameraState) -> str:
    if state.state == "running":
        return ""
    since = ""
    if state.frame_age is not None and state.state not in _STUCK:
        age = timedelta(seconds=state.frame_age)
        now = context.now()
        then = now - age
        day = words.day(then, context.timezone, now)
        when = words.clock(then, context.timezone)
        since = f"since {when if day == 'Today' else f'{day}, {when}'} ({words.ago(age)})"
    reason = state.reason.strip().rstrip(".")
    if since and reason:
        return f"{since}: {reason}"
    return since or reason
