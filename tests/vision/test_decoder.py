"""Frames come with the time they were taken; damage costs only what it hit."""

import itertools
from pathlib import Path

import av
import pytest

from tests.vision.sources import START, packets, video
from vision.decoder import Decoder
from vision.stream import TimedPacket


def decoded(source: Path, spoiled: range = range(0)) -> list[float]:
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        decoder = Decoder(stream)
        times = []
        for number, packet in enumerate(container.demux(stream)):
            if packet.dts is None:
                continue
            if number in spoiled:
                packet.update(b"\xff" * packet.size)
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
