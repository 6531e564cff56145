"""A picture that is not one of now is found out within ten seconds, and a quiet room never is: by pictures
that went through a real encoder and decoder, as a camera's do.
"""

import io
import logging
from collections.abc import Callable, Iterator
from functools import cache

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.packet import Packet
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from vision.diagnosis import BLACK, FROZEN, LOOPING, Repeats
from vision.status import FIRST_RETRY, Status

FPS = 10
SIZE = (120, 160)
Picture = npt.NDArray[np.uint8]


def room(number: int, *, noise: float = 2.0, light: float = 1.0) -> Picture:
    """A quiet room, as a sensor with so much noise (grey levels) sees it."""
    rows, columns = np.indices(SIZE)
    still = 60 + 60 * (columns / SIZE[1]) + 40 * ((rows // 20) % 2)
    grain = np.random.default_rng(number).normal(0, noise, SIZE) if noise else 0
    return np.clip(still * light + grain, 0, 255).astype(np.uint8)


def encoded(pictures: Iterator[Picture], *, gop: int, crf: int) -> bytes:
    held = io.BytesIO()
    with av.open(held, "w", format="mp4") as output:
        stream = output.add_stream("libx264", rate=FPS)
        assert isinstance(stream, VideoStream)
        stream.height, stream.width = SIZE
        stream.pix_fmt = "yuv420p"
        stream.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "crf": str(crf),
            "g": str(gop),
            "sc_threshold": "0",
            "threads": "1",
        }
        for picture in pictures:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.dstack(3 * [picture]), format="rgb24")))
        output.mux(stream.encode(None))
    return held.getvalue()


@cache
def quiet(seconds: int = 40, gop: int = FPS, crf: int = 26, noise: float = 2.0, light: float = 1.0) -> bytes:
    pictures = (room(number, noise=noise, light=light) for number in range(seconds * FPS))
    return encoded(pictures, gop=gop, crf=crf)


class Watched:
    """A camera's status that is shown a stream, on a clock of its own."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.status = Status("cage", now=lambda: self.now, has_noise=True)
        self.seen: list[tuple[float, str]] = []
        self.anew: list[float] = []

    def show(self, data: bytes, *, times: int = 1) -> None:
        """The stream so many times on end, each time the same packets."""
        for _ in range(times):
            with av.open(io.BytesIO(data), "r") as container:
                for packet in container.demux(video=0):
                    self._take(packet)

    def _take(self, packet: "Packet[VideoStream]") -> None:
        if not packet.size:
            return
        self.now += 1 / FPS
        self.status.packet(packet.size)
        if packet.is_keyframe:
            self.status.keyframe(bytes(packet))
        for frame in packet.decode():
            if self.status.frame(frame):
                self.anew.append(self.now)
        state = self.status.health().state
        if not self.seen or self.seen[-1][1] != state:
            self.seen.append((self.now, state))

    @property
    def states(self) -> list[str]:
        return [state for _, state in self.seen]


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.mark.parametrize(
    "made",
    [
        lambda: quiet(),
        lambda: quiet(gop=4 * FPS),
        lambda: quiet(gop=20 * FPS),
        lambda: quiet(crf=32, noise=1.0),
        lambda: quiet(noise=3.0, light=0.06),
    ],
    ids=["quiet", "a keyframe in 4 s", "a keyframe in 20 s", "much compressed", "dark, with noise"],
)
def test_a_quiet_room_is_never_called_anything(watched: Watched, made: Callable[[], bytes]) -> None:
    watched.show(made())
    assert watched.states == ["running"]
    assert watched.status.health().counts == {}


def test_a_frozen_picture_is_found_within_ten_seconds(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "vision"):
        watched.show(quiet(10))
        froze = watched.now
        watched.show(encoded((room(1) for _ in range(25 * FPS)), gop=FPS, crf=26))
        assert watched.states == ["running", FROZEN]
        assert watched.seen[-1][0] - froze <= 10
        health = watched.status.health()
        assert (health.reason, health.counts) == (
            "camera cage is frozen: it sends the same picture again and again",
            {"frozen": 1},
        )
        assert health.still_age is not None
        assert health.still_age > 12
        watched.show(quiet(44, crf=25))
    assert watched.states == ["running", FROZEN, "running"]
    assert [record.message for record in caplog.records] == [
        "camera cage runs",
        "camera cage is frozen: it sends the same picture again and again",
        "camera cage shows what happens again",
    ]


def test_a_black_picture_is_found_within_ten_seconds(watched: Watched) -> None:
    watched.show(quiet(10))
    went = watched.now
    black = np.zeros(SIZE, np.uint8)
    watched.show(encoded((black for _ in range(15 * FPS)), gop=FPS, crf=26))
    assert watched.states == ["running", BLACK]
    assert watched.seen[-1][0] - went <= 10
    health = watched.status.health()
    assert health.luma == pytest.approx(0, abs=0.005), "an alert on it would never come"
    assert health.counts == {"black": 1}


@pytest.mark.parametrize("seconds", [3, 8])
def test_the_same_seconds_over_and_over_are_found_within_ten(watched: Watched, seconds: int) -> None:
    watched.show(quiet(12))
    again = encoded((room(number + 5000) for number in range(seconds * FPS)), gop=FPS, crf=26)
    watched.show(again)
    repeats = watched.now
    watched.show(again, times=5)
    assert watched.states == ["running", LOOPING]
    assert watched.seen[-1][0] - repeats <= 10
    health = watched.status.health()
    assert health.reason == "camera cage repeats itself: the same seconds come again and again"
    assert health.still_age is not None
    assert health.still_age >= 3 * seconds, "an alert on a picture that stands still would never come"
    watched.show(quiet(12, crf=24))
    assert watched.states == ["running", LOOPING, "running"]


def test_what_is_wrong_is_tried_anew_less_and_less_often(watched: Watched) -> None:
    watched.show(encoded((room(1) for _ in range(300 * FPS)), gop=FPS, crf=26))
    waits = [after - before for before, after in zip(watched.anew, watched.anew[1:], strict=False)]
    assert watched.states == ["running", FROZEN]
    assert watched.anew[0] - watched.seen[-1][0] == pytest.approx(FIRST_RETRY, abs=1.5)
    assert waits == pytest.approx([60, 120], abs=1.5)
    assert watched.status.health().counts == {"frozen": 1, "retried": 3}


def test_where_nothing_has_noise_nothing_is_called_frozen() -> None:
    watched = Watched()
    watched.status = Status("cage", now=lambda: watched.now)
    watched.show(encoded((room(1) for _ in range(20 * FPS)), gop=FPS, crf=26))
    assert watched.states == ["running"]
    assert (watched.status.health().still_age or 0) > 10, "it is still told how old the picture is"


def test_the_loss_of_a_frozen_camera_is_a_loss(watched: Watched) -> None:
    watched.show(encoded((room(1) for _ in range(15 * FPS)), gop=FPS, crf=26))
    watched.status.lost("camera 'cage' was unplugged")
    health = watched.status.health()
    assert (health.state, health.counts) == ("lost", {"frozen": 1, "lost": 1})
    assert health.point("pi", 1_780_000_000.0).fields["faults"] == 2


@given(st.lists(st.integers(0, 2**32), unique=True, min_size=2, max_size=40), st.integers(2, 4))
def test_any_sequence_that_comes_again_is_found_by_its_second_sum(sums: list[int], times: int) -> None:
    repeats = Repeats()
    found = []
    for _ in range(times):
        for total in sums:
            repeats.add(total)
            found.append(repeats.found)
    assert not any(found[: len(sums) + 1])
    assert all(found[len(sums) + 1 :])


@given(st.lists(st.integers(0, 2**32), unique=True, max_size=60))
def test_what_never_comes_again_is_no_repeat(sums: list[int]) -> None:
    repeats = Repeats()
    for total in sums:
        repeats.add(total)
        assert not repeats.found
