"""Frames come with the time they were taken; damage costs only what it hit."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import cast

import av
import pytest
from av.packet import Packet
from av.video.stream import VideoStream

from tests.vision.sources import START, packets, video
from vision.decoder import Decoder
from vision.stream import TimedPacket

Spoil = Callable[[bytes], bytes]


def noise(packet: bytes) -> bytes:
    return b"\xff" * len(packet)


def nothing(_packet: bytes) -> bytes:
    return b""


def odd_sampling(packet: bytes) -> bytes:
    """A JPEG whose colours lie in a way that FFmpeg says it does not know yet."""
    luma = packet.index(b"\xff\xc0") + 11
    return packet[:luma] + b"\x44" + packet[luma + 1 :]


def decoded(source: Path, spoiled: range = range(0), spoil: Spoil = noise) -> list[float]:
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        decoder = Decoder(stream)
        times = []
        for number, packet in enumerate(container.demux(stream)):
            if packet.dts is None:
                continue
            if number in spoiled:
                whole, packet = packet, cast("Packet[VideoStream]", Packet(spoil(bytes(packet))))
                packet.pts, packet.dts, packet.time_base = whole.pts, whole.dts, whole.time_base
            timed = TimedPacket(packet, START + number / 10)
            times += [at for _frame, at in decoder.frames(timed)]
    return times


def test_a_frame_has_the_time_of_its_packet(tmp_path: Path) -> None:
    assert decoded(video(tmp_path / "s.mp4", 3)) == pytest.approx(
        [START + number / 10 for number in range(30)]
    )


def test_frames_that_are_decoded_late_have_growing_times(tmp_path: Path) -> None:
    times = decoded(video(tmp_path / "s.mp4", 3, b_frames=2))
    assert times == sorted(times)
    assert len(times) >= 26
    steps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert max(steps) < 0.25


def test_damage_costs_only_what_it_hit(tmp_path: Path) -> None:
    times = decoded(video(tmp_path / "s.mp4", 3), spoiled=range(12, 14))
    assert len(times) >= 20
    assert times[-1] == pytest.approx(START + 2.9)
    assert len(list(packets(tmp_path / "s.mp4"))) == 30


@pytest.mark.parametrize("spoil", [noise, nothing, odd_sampling])
def test_whatever_a_packet_holds_the_next_is_decoded(tmp_path: Path, spoil: Spoil) -> None:
    times = decoded(video(tmp_path / "s.mkv", 2, codec="mjpeg"), range(5, 7), spoil)
    assert times == pytest.approx([START + number / 10 for number in range(20) if number not in (5, 6)])
