"""A container in memory: what is muxed into it comes out at once, and it remembers nothing."""

import resource
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.stream import Stream

from vision.cameras.tape import Tape

FPS, TICKS = 15, 1_000_000


def keyframe() -> bytes:
    """A picture as an encoder in a camera gives it."""
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = 160, 120, "yuv420p"
    encoder.time_base = Fraction(1, FPS)
    encoder.options = {"tune": "zerolatency"}
    grey = av.VideoFrame.from_ndarray(np.full((120, 160, 3), 90, np.uint8), format="rgb24")
    frame = grey.reformat(format="yuv420p")
    frame.pts = 0
    return bytes(encoder.encode(frame)[0])


class Winding:
    """Muxes the same picture again and again, without end."""

    def __init__(self, size: int) -> None:
        self.picture = keyframe() + bytes(size)
        self.count = 0
        self._stream: Stream | None = None

    def __call__(self, output: OutputContainer) -> bool:
        if self._stream is None:
            self._stream = output.add_mux_stream("h264", rate=FPS, width=160, height=120)
        packet = Packet(self.picture)
        packet.stream = self._stream
        packet.time_base = Fraction(1, TICKS)
        packet.pts = packet.dts = self.count * TICKS // FPS
        packet.is_keyframe = self.count % FPS == 0
        output.mux_one(packet)
        self.count += 1
        return True


def test_a_picture_comes_out_as_it_went_in_before_the_next_is_asked_for() -> None:
    winding = Winding(4000)
    container = Tape(winding).open()
    for number, packet in enumerate(islice(container.demux(video=0), 100)):
        assert bytes(packet) == winding.picture
        assert packet.is_keyframe is (number % FPS == 0)
        assert packet.pts is not None
        assert abs(float(packet.pts * packet.time_base) - number / FPS) < 1e-5
        assert winding.count <= number + 2
    container.close()


def test_it_takes_no_more_memory_however_long_a_camera_runs() -> None:
    """Twenty minutes of a camera of 2 Mbit/s took 10 MB, which it never gave back."""
    container = Tape(Winding(16_000)).open()
    packets = container.demux(video=0)
    before = [memory() for _ in islice(packets, 2000)][-1]
    after = [memory() for _ in islice(packets, 20_000)][-1]
    assert after - before < 3_000_000
    container.close()


def memory() -> int:
    """Bytes of memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
