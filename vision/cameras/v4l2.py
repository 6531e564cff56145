"""Cameras on USB, and whatever else Linux shows as /dev/video…"""

import errno
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from vision.cameras import Options
from vision.cameras.live import LiveCamera, Source, reason_of

_FORMATS = {"h264": "h264", "mjpeg": "mjpeg", "raw": None}
"""Our words to FFmpeg's `input_format`; raw is whatever the camera gives by itself."""


class V4l2Options(Options):
    """A camera of kind `v4l2`."""

    device: Path = Field(
        Path("/dev/video0"), description="The device; a name below /dev/v4l/by-id stays the same."
    )
    width: int | None = Field(None, ge=16, le=7680, description="Pixels across, together with height.")
    height: int | None = Field(None, ge=16, le=4320, description="Pixels down.")
    fps: float | None = Field(None, gt=0, le=120, description="Pictures a second, where it can choose.")
    format: Literal["auto", "h264", "mjpeg", "raw"] = Field(
        "auto", description="What the camera sends; auto: the first of h264, mjpeg and raw that it has."
    )
    timeout: float = Field(8.0, gt=0, le=120, description="Seconds without a picture until it is lost.")

    @model_validator(mode="after")
    def _both_sides(self) -> "V4l2Options":
        if (self.width is None) != (self.height is None):
            raise ValueError("width and height go together")
        return self

    @property
    def sources(self) -> tuple[Source, ...]:
        """Ways to open it, the best first."""
        wanted = tuple(_FORMATS) if self.format == "auto" else (self.format,)
        return tuple(self._source(_FORMATS[each]) for each in wanted)

    def camera(self, name: str) -> LiveCamera:
        """The camera called ``name``."""
        return LiveCamera(name, self.sources, explain=self._explain)

    def lacks(self) -> str:
        """See ``Options.lacks``."""
        return "" if self.device.exists() else self._explain(FileNotFoundError(errno.ENOENT, ""))

    def _source(self, input_format: str | None) -> Source:
        options = {"input_format": input_format} if input_format else {}
        if self.width is not None:
            options["video_size"] = f"{self.width}x{self.height}"
        if self.fps is not None:
            options["framerate"] = f"{self.fps:g}"
        return Source(str(self.device), "v4l2", options, self.timeout)

    def _explain(self, error: Exception) -> str:
        number = getattr(error, "errno", None)
        if number == errno.ENOENT:
            others = sorted(str(path) for path in Path("/dev").glob("video*"))
            there = f"there are {', '.join(others)}" if others else "there is no /dev/video at all"
            return f"{self.device} is not there; {there}"
        if number == errno.EACCES:
            return (
                f"{self.device} may not be used; `sudo usermod -aG video $USER` lets you, after a new login"
            )
        if number == errno.EBUSY:
            return f"{self.device} is in use by another program"
        if number == errno.ENOTTY:
            return f"{self.device} is no camera"
        return reason_of(error)
