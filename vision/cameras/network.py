"""Cameras on the network: RTSP, and pictures over HTTP."""

import re
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from pydantic import Field, field_validator

from vision.cameras import Options
from vision.cameras.live import LiveCamera, Source, reason_of
from vision.stream import CameraLost, Stream

_HOST = re.compile(r"[^\s/?#]+")


class NetworkOptions(Options):
    """What RTSP and HTTP have in common."""

    username: str = Field("", description="Who logs in at the camera.")
    password_file: Path | None = Field(None, description="File with the password on its first line.")
    timeout: float = Field(8.0, gt=0, le=120, description="Seconds without a picture until it is lost.")

    def lacks(self) -> str:
        """See ``Options.lacks``."""
        try:
            self.address("")
        except OSError as error:
            return f"{error.filename} cannot be read ({reason_of(error)})"
        return ""

    def address(self, url: str) -> str:
        """``url`` with who logs in; raises ``OSError`` where the password cannot be read."""
        if not self.username:
            return url
        login = quote(self.username, safe="")
        if self.password_file is not None:
            login += ":" + quote(self.password_file.read_text().partition("\n")[0].rstrip("\r"), safe="")
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}://{login}@{host.rpartition('@')[2]}{slash}{path}"


class RtspOptions(NetworkOptions):
    """A camera of kind `rtsp`."""

    url: str = Field(
        description="Its address, as its manual tells: rtsp://…; rtsps://… is encrypted.",
        examples=["rtsp://192.168.1.20:554/stream1"],
    )
    transport: Literal["tcp", "udp"] = Field("tcp", description="udp only where a camera has no tcp.")

    @field_validator("url")
    @classmethod
    def _is_rtsp(cls, url: str) -> str:
        return _of_schemes(url, ("rtsp", "rtsps"), "rtsp://192.168.1.20:554/stream1")

    def camera(self, name: str) -> "NetworkCamera":
        """The camera called ``name``."""
        return NetworkCamera(name, self, self.url, {"rtsp_transport": self.transport})


class HttpOptions(NetworkOptions):
    """A camera of kind `http`."""

    url: str = Field(
        description="Its address: MJPEG, MPEG-TS, HLS (…m3u8) or a growing MP4.",
        examples=["http://192.168.1.21:81/stream"],
    )
    format: Literal["auto", "mjpeg", "mpjpeg", "mpegts", "hls"] = Field(
        "auto", description="What comes, where it cannot be told from itself."
    )
    encode: bool = Field(
        True, description="Make H.264 of MJPEG, which browsers do not play as a clip; false: keep it."
    )

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        return _of_schemes(url, ("http", "https"), "http://192.168.1.21:81/stream")

    def camera(self, name: str) -> "NetworkCamera":
        """The camera called ``name``."""
        return NetworkCamera(
            name, self, self.url, {}, None if self.format == "auto" else self.format, encodes=self.encode
        )


class NetworkCamera:
    """A camera on the network; its password is read anew each time it is opened."""

    def __init__(
        self,
        name: str,
        options: NetworkOptions,
        url: str,
        ffmpeg: dict[str, str],
        format: str | None = None,  # noqa: A002 -- FFmpeg's word
        *,
        encodes: bool = True,
    ) -> None:
        self._name = name
        self._options = options
        self._url = url
        self._ffmpeg = ffmpeg
        self._format = format
        self._encodes = encodes

    def open(self) -> Stream:
        """Connect; raises ``CameraLost``."""
        try:
            url = self._options.address(self._url)
        except OSError as error:
            reason = f"{error.filename} cannot be read ({reason_of(error)})"
            raise CameraLost(f"camera {self._name!r} cannot be opened: {reason}") from None
        source = Source(url, self._format, self._ffmpeg, self._options.timeout)
        return LiveCamera(self._name, (source,), encodes=self._encodes).open()


def _of_schemes(url: str, schemes: tuple[str, ...], example: str) -> str:
    """``url`` where it is an address of one of ``schemes``; it is not told, as it may hold a password."""
    scheme, _, rest = url.partition("://")
    if scheme.lower() not in schemes or _HOST.match(rest) is None:
        raise ValueError(f"is no {schemes[0]} address; write one like {example}")
    return url
