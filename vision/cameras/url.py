"""Anything FFmpeg can open as a camera, in FFmpeg's own words: what the other kinds have no keys for."""

from pydantic import Field

from vision.cameras import Options
from vision.cameras.live import LiveCamera, Source


class UrlOptions(Options):
    """A camera of kind `url`."""

    url: str = Field(min_length=1, description="Address or device: rtsp://…, http://…, /dev/video0.")
    format: str | None = Field(
        None, description="FFmpeg's name of the input where it cannot be told: `v4l2`, `mjpeg`, …"
    )
    options: dict[str, str] = Field(
        {}, description="FFmpeg's options of the input, such as rtsp_transport or video_size."
    )
    timeout: float = Field(10.0, gt=0, le=120, description="Seconds without a picture until it is lost.")
    encode: bool = Field(True, description="Make H.264 of pictures that browsers do not play, such as MJPEG.")

    @property
    def source(self) -> Source:
        """Where it is."""
        return Source(self.url, self.format, {"rtsp_transport": "tcp", **self.options}, self.timeout)

    def camera(self, name: str) -> LiveCamera:
        """The camera called ``name``."""
        return LiveCamera(name, (self.source,), encodes=self.encode)
