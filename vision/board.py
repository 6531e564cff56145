"""Which machine this is, and which encoder makes H.264 on it."""

import re
from dataclasses import dataclass
from pathlib import Path

MODEL = Path("/proc/device-tree/model")
"""Where Linux tells what the machine is called, on those that have a device tree; ends with a zero byte."""
CODEC = Path("/dev/video11")
"""The encoder of a Raspberry Pi up to 4: its driver, bcm2835-codec, always takes this number."""

HARDWARE, SOFTWARE = "h264_v4l2m2m", "libx264"
"""FFmpeg's names of the two encoders."""

_WITH_ENCODER = re.compile(r"Raspberry Pi (?:Compute Module )?(?:Model|Zero|Rev|[1-4]\b|4S|400)")
"""Up to the Pi 4 there is an encoder for H.264 in the chip; the 5 has none, as its maker's own programs know
(`picamera2.encoders`, and `h264_codec_select` of rpicam-apps)."""


@dataclass(frozen=True, slots=True)
class Board:
    """This machine: what it calls itself (empty where it does not), and its encoder by FFmpeg's name."""

    model: str
    encoder: str


def this_board(model: Path = MODEL, codec: Path = CODEC) -> Board:
    """What is known of this machine; never raises."""
    try:
        name = model.read_text(errors="replace").rstrip("\0\n ")
    except OSError:
        name = ""
    hardware = _WITH_ENCODER.match(name) is not None and codec.exists()
    return Board(name, HARDWARE if hardware else SOFTWARE)
