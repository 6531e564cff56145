"""Whatever a camera's clock does, the times within a clip are ones a player takes; the ring is bounded."""

import itertools
from fractions import Fraction
from typing import cast

import av
from av.packet import Packet
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from vision.packets import TICKS, Coded, Timeline, coded
from vision.ring import Ring
from vision.stream import TimedPacket

CLOCKS = st.one_of(st.none(), st.integers(-(2**33), 2**33))
PICTURES = st.lists(
    st.tuples(CLOCKS, CLOCKS, st.floats(0, 20), st.booleans(), st.integers(0, 300)), min_size=1, max_size=60
)
Raw = list[tuple[int | None, int | None, float, bool, int]]


def stream_of(raw: Raw) -> list[Coded]:
    time, pictures = 1_780_000_000.0, []
    for pts, dts, wait, keyframe, size in raw:
        time += wait
        pictures.append(Coded(bytes(size), keyframe, pts, dts, time))
    return pictures


@given(PICTURES)
def test_times_in_a_clip_start_at_zero_and_always_grow(raw: Raw) -> None:
    timeline = Timeline()
    placed = [timeline.place(picture) for picture in stream_of(raw)]
    decoded = [dts for _pts, dts in placed]
    assert decoded[0] == 0
    assert all(later > earlier for earlier, later in itertools.pairwise(decoded))
    assert all(pts >= dts for pts, dts in placed)


def test_a_sane_clock_is_kept_to_the_tick() -> None:
    timeline = Timeline()
    clock = [(700, 100), (1300, 400), (1000, 700), (1900, 1000)]
    placed = [
        timeline.place(Coded(b"", True, pts, dts, 5 + number * 0.9))
        for number, (pts, dts) in enumerate(clock)
    ]
    assert placed == [(600, 0), (1200, 300), (900, 600), (1800, 900)]


def test_where_the_cameras_clock_fails_the_walls_goes_on() -> None:
    timeline = Timeline()
    steps = [
        ("start", 9000, 100.0, 0),
        ("stands still", 9000, 100.1, 9000),
        ("goes back", 0, 100.2, 18000),
        ("goes on", 9000, 100.3, 27000),
        ("leaps an hour", 3600 * TICKS, 100.4, 36000),
        ("goes on from there", 3600 * TICKS + 9000, 100.5, 45000),
        ("is missing", None, 100.6, 54000),
        ("is back", 9000, 100.7, 63000),
        ("arrives late, by its own clock in time", 18000, 109.0, 72000),
        ("both stand still", 18000, 109.0, 72001),
    ]
    for what, clock, wall, expected in steps:
        assert timeline.place(Coded(b"", True, clock, clock, wall)) == (expected, expected), what


def test_a_packet_is_copied_with_its_times_in_ticks() -> None:
    packet = cast("Packet[VideoStream]", av.Packet(b"picture"))
    packet.pts, packet.dts, packet.time_base, packet.is_keyframe = 30, 20, Fraction(1, 1000), True
    copy = coded(TimedPacket(packet, 5.0))
    packet.pts = packet.dts = None
    assert copy == Coded(b"picture", True, 2700, 1800, 5.0)
    assert coded(TimedPacket(packet, 6.0)) == Coded(b"picture", True, None, None, 6.0)


@given(PICTURES, st.floats(0.1, 30), st.integers(100, 3000), st.floats(0, 60))
def test_the_ring_is_bounded_and_starts_at_a_keyframe(raw: Raw, length: float, most: int, ago: float) -> None:
    ring, given_so_far = Ring(length, most), []
    for picture in stream_of(raw):
        ring.add(picture)
        given_so_far.append(picture)
        held = list(ring.since(0))
        assert ring.bytes == sum(len(one.data) for one in held) <= most
        assert held == given_so_far[len(given_so_far) - len(held) :], "not the newest, in order"
        assert not held or held[0].keyframe
        asked = picture.time - ago
        part = list(ring.since(asked))
        assert part == held[len(held) - len(part) :]
        if held and held[0].time <= asked:
            assert part[0].keyframe
            assert part[0].time <= asked, "the part begins after what was asked for"


@given(PICTURES, st.floats(0.1, 30))
def test_the_ring_covers_its_length_where_there_is_room(raw: Raw, length: float) -> None:
    ring = Ring(length, 10**9)
    pictures = stream_of(raw)
    for picture in pictures:
        ring.add(picture)
    keyframes = [picture.time for picture in pictures if picture.keyframe]
    held = list(ring.since(0))
    if keyframes:
        wanted = pictures[-1].time - length
        assert held[0].time <= max(wanted, keyframes[0])


def test_a_cleared_ring_waits_for_a_keyframe() -> None:
    ring = Ring(5, 1000)
    ring.add(Coded(b"k", True, 0, 0, 1.0))
    ring.clear()
    ring.add(Coded(b"p", False, 1, 1, 2.0))
    assert list(ring.since(0)) == []
    assert ring.bytes == 0
