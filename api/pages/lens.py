"""Cameras as people read them: what each one does, since when, and why."""

from dataclasses import dataclass
from datetime import timedelta

from api.cameras import CameraState, status, statuses
from api.context import Context
from api.pages import words
from api.pages.moments import place
from vision.config import CameraSection

_STATES = {"running": "Live", "starting": "Starting", "lost": "Lost", "away": "Not running"}


@dataclass(frozen=True, slots=True)
class Lens:
    """One camera, in words."""

    name: str
    label: str
    place: str
    state: str
    title: str
    sentence: str
    simulated: bool


async def lenses(context: Context) -> list[Lens]:
    """Every configured camera, in the order of the configuration."""
    found = await statuses(context)
    return [_lens(context, camera, state) for camera, state in zip(context.cameras, found, strict=True)]


async def lens(context: Context, camera: CameraSection) -> Lens:
    """One camera."""
    return _lens(context, camera, await status(context, camera))


def _lens(context: Context, camera: CameraSection, state: CameraState) -> Lens:
    return Lens(
        camera.name,
        words.label(camera.name),
        place(context, camera.location),
        state.state if state.state in _STATES else "away",
        _STATES.get(state.state, _STATES["away"]),
        _sentence(context, state),
        camera.kind == "scripted",
    )


def _sentence(context: Context, state: CameraState) -> str:
    if state.state == "running":
        return ""
    since = ""
    if state.frame_age is not None:
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
