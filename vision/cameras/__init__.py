"""The table of camera kinds, and how a section of the configuration becomes a camera."""

from importlib import import_module

from pydantic import ValidationError

from influx.config import Section
from vision.config import CameraSection
from vision.stream import Camera

KINDS = {
    "file": "vision.cameras.file:FileOptions",
    "http": "vision.cameras.network:HttpOptions",
    "picamera2": "vision.cameras.picamera2:Picamera2Options",
    "rpicam": "vision.cameras.rpicam:RpicamOptions",
    "rtsp": "vision.cameras.network:RtspOptions",
    "scripted": "vision.cameras.scripted:ScriptedOptions",
    "url": "vision.cameras.url:UrlOptions",
    "v4l2": "vision.cameras.v4l2:V4l2Options",
}
"""Kind to the options class of its adapter, as ``module:class``; a kind is imported when it is used."""


PAINTED = frozenset({"file", "scripted"})
"""Kinds whose pictures no sensor takes just now: they may stand still, be black, or come again and again."""


_QUALITY = frozenset({"bitrate", "quality", "crf"})
"""How people ask for other pictures than a camera sends."""


class BadCamera(ValueError):
    """What is wrong with a camera's section, in one sentence naming the camera and the key."""


class Options(Section):
    """The keys of a camera's section that belong to its kind, and the way to the camera they describe."""

    def camera(self, name: str) -> Camera:
        """The camera called ``name`` with these options, not opened yet."""
        raise NotImplementedError

    def lacks(self) -> str:
        """What this machine lacks for it and what to do, in a sentence; nothing where none is known of. Opens
        nothing.
        """
        return ""


def open_camera(section: CameraSection) -> Camera:
    """The camera that ``section`` describes, not opened yet; raises ``BadCamera``."""
    return read_options(section).camera(section.name)


def read_options(section: CameraSection) -> Options:
    """The keys of ``section`` that belong to its kind; raises ``BadCamera``."""
    if section.kind not in KINDS:
        raise BadCamera(
            f"camera {section.name!r}: kind {section.kind!r} is unknown; there are {', '.join(sorted(KINDS))}"
        )
    try:
        return options_of(section.kind).model_validate(section.options)
    except ValidationError as error:
        mistake = error.errors(include_input=False)[0]
        key = ".".join(str(part) for part in mistake["loc"]) or "its keys"
        what = "unknown key" if mistake["type"] == "extra_forbidden" else mistake["msg"]
        if what == "unknown key" and key in _QUALITY:
            what = f"kind {section.kind!r} records what the camera sends: set its quality in the camera"
        what = what.removeprefix("Value error, ")
        raise BadCamera(f"camera {section.name!r}: {key}: {what[:1].lower()}{what[1:]}") from None


def options_of(kind: str) -> type[Options]:
    """The keys of ``kind``, one of ``KINDS``."""
    module, _, name = KINDS[kind].partition(":")
    found: type[Options] = getattr(import_module(module), name)
    return found
