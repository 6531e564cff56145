"""Segments for players: cut from the camera's own packets, only while somebody asks, bounded."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision import sources, watching
from vision.packets import Coded, coded
from vision.ring import Ring
from vision.segments import IDLE, MOST_BYTES, REACH, STALE, Segments


class Camera:
    """Plays videos into segments, one session each; its clock goes with the pictures."""

    def __init__(self, reach: float = REACH) -> None:
        self.time = sources.START
        self.segments = Segments(now=lambda: self.time)
        self._reach = reach

    def play(self, source: Path, *, ask_after: float | None = None, stop: bool = True) -> Iterator[Coded]:
        """Each picture as it was given."""
        ring, began = Ring(self._reach, 2**24), self.time
        with av.open(str(source)) as container:
            self.segments.start(container.streams.video[0], partial(ring.newest, self._reach))
        for timed in sources.packets(source, began):
            picture = coded(timed)
            self.time = picture.time
            if ask_after is not None and self.time - began >= ask_after:
                self.segments.playlist()
                ask_after = None
            ring.add(picture)
            self.segments.add(picture)
            yield picture
        if stop:
            self.segments.stop()

    def whole(self, listed: tuple[watching.Listed, ...]) -> bytes:
        """What a player that fetched these has, all of one run."""
        parts = [listed[0].init, *(segment.uri for segment in listed)]
        return b"".join(self.segments.file(name) or b"" for name in parts)

    def playlist(self) -> watching.Playlist:
        text = self.segments.playlist()
        assert text is not None, "there is no playlist"
        return watching.read(text)


@pytest.mark.parametrize(
    ("gop", "b_frames", "suffix", "longest"),
    [
        (10, 0, ".mp4", 1.0),  # avcC, a keyframe a second
        (10, 0, ".ts", 1.0),  # Annex B
        (10, 2, ".mp4", 1.0),
        (10, 2, ".ts", 1.0),
        (1, 0, ".mkv", 0.9),  # keyframes only
        (25, 0, ".mp4", 2.5),
        (1000, 0, ".mp4", 4.0),  # one keyframe in all
    ],
)
def test_segments_hold_every_picture_once(
    tmp_path: Path, gop: int, b_frames: int, suffix: str, longest: float
) -> None:
    source = sources.video(tmp_path / f"room{suffix}", 20, gop=gop, b_frames=b_frames)
    camera = Camera()
    heads: dict[str, bytes] = {}
    seen: dict[int, bytes] = {}
    before: watching.Playlist | None = None
    camera.segments.playlist()
    given = []
    for picture in camera.play(source):
        given.append(picture.data)
        text = camera.segments.playlist()
        if text is None:
            continue
        now = watching.read(text)
        if before is not None:
            watching.follows(before, now)
        before = now
        for segment in now.segments:
            heads.setdefault(segment.init, camera.segments.file(segment.init) or b"")
            seen.setdefault(segment.sequence, camera.segments.file(segment.uri) or b"")
    for segment in camera.playlist().segments:
        seen.setdefault(segment.sequence, camera.segments.file(segment.uri) or b"")
    assert len(heads) == 1
    assert all(seen.values()), "a segment that was named could not be fetched"
    [head] = heads.values()
    times = watching.decoded(head + b"".join(seen.values()))
    assert len(times) == len(given) == 200
    assert times == sorted(set(times)), "a picture came twice, or out of order"
    assert max(segment.seconds for segment in camera.playlist().segments) == pytest.approx(longest)
    if suffix != ".ts":  # Annex B becomes length-prefixed, with the same bytes between
        assert watching.payloads(head + b"".join(seen.values())) == given


def test_a_segment_plays_for_one_who_joins_there(tmp_path: Path) -> None:
    source = sources.video(tmp_path / "room.mp4", 8)
    camera = Camera()
    camera.segments.playlist()
    for _ in camera.play(source):
        pass
    for segment in camera.playlist().segments:
        assert len(watching.decoded(camera.whole((segment,)))) == 10


def test_the_first_question_is_answered_with_what_was_seen_before_it(tmp_path: Path) -> None:
    source = sources.video(tmp_path / "room.mp4", 12)
    camera = Camera()
    for picture in camera.play(source, ask_after=10):
        if picture.time - sources.START >= 10:
            break
    listed = camera.playlist()
    assert sum(segment.seconds for segment in listed.segments) >= 4
    assert len(watching.decoded(camera.whole(listed.segments))) == 10 * len(listed.segments)


def test_nobody_asks_and_nothing_is_made(tmp_path: Path) -> None:
    source = sources.video(tmp_path / "room.mp4", 5)
    camera = Camera()
    for _ in camera.play(source):
        assert not camera.segments.active
    assert camera.segments.playlist() is None


def test_muxing_ends_when_nobody_asked_for_a_while_and_begins_again(tmp_path: Path) -> None:
    source = sources.video(tmp_path / "room.mp4", IDLE + 15, size=(64, 48))
    camera = Camera()
    camera.segments.playlist()
    names = set()
    for picture in camera.play(source, ask_after=IDLE + 10, stop=False):
        seconds = picture.time - sources.START
        if round(seconds, 1) == 6.0:
            first = camera.playlist()
            names = {segment.uri for segment in first.segments}
        if round(seconds, 1) == 6.0 + IDLE:
            assert camera.segments.active
        if round(seconds, 1) == 6.2 + IDLE:
            assert not camera.segments.active, "nobody asked for longer than that"
            assert camera.segments.file(next(iter(names))) is None, "it is still in memory"
            camera.time += IDLE + 1  # asking for a file was asking
    again = camera.playlist()
    assert again.segments[0].sequence > first.segments[-1].sequence
    assert not names & {segment.uri for segment in again.segments}


def test_a_camera_that_was_lost_comes_back_after_a_break(tmp_path: Path) -> None:
    camera = Camera()
    camera.segments.playlist()
    for _ in camera.play(sources.video(tmp_path / "before.mp4", 3.5)):
        pass
    before = camera.playlist()
    assert len(watching.decoded(camera.whole(before.segments))) == 35, "the end is missing"
    camera.time += 5
    for _ in camera.play(sources.video(tmp_path / "after.mp4", 2.0, size=(320, 240))):
        pass
    after = camera.playlist()
    watching.follows(before, after)
    runs = [segment for segment in after.segments if segment.after_a_break]
    assert len(runs) == 1
    assert len({segment.init for segment in after.segments}) == 2
    new = tuple(segment for segment in after.segments if segment.init == runs[0].init)
    assert len(watching.decoded(camera.whole(new))) == 20


def test_after_an_idle_time_a_lost_camera_shows_nothing_old(tmp_path: Path) -> None:
    camera = Camera()
    camera.segments.playlist()
    for _ in camera.play(sources.video(tmp_path / "before.mp4", 3)):
        pass
    assert camera.segments.playlist()
    camera.time += IDLE + 1
    assert camera.segments.playlist() is None


def test_who_goes_on_asking_is_shown_nothing_old_either(tmp_path: Path) -> None:
    camera = Camera()
    camera.segments.playlist()
    for _ in camera.play(sources.video(tmp_path / "before.mp4", 3)):
        pass
    before = camera.playlist()
    for _ in range(round(STALE)):
        camera.time += 1
        assert camera.segments.playlist(), "a short break takes the picture away"
    camera.time += 1
    assert camera.segments.active
    assert camera.segments.playlist() is None, "a picture that stood still for so long is shown as live"
    for _ in camera.play(sources.video(tmp_path / "after.mp4", 3)):
        pass
    watching.follows(before, camera.playlist())


def test_a_camera_of_another_codec_says_why_there_is_none(tmp_path: Path) -> None:
    camera = Camera()
    for _ in camera.play(sources.video(tmp_path / "room.avi", 1, codec="mjpeg")):
        camera.segments.playlist()
    assert camera.segments.refusal == "it sends mjpeg, and HLS is made of h264 without encoding anew"
    assert camera.segments.playlist() is None
    for _ in camera.play(sources.video(tmp_path / "room.mp4", 2)):
        pass
    assert camera.segments.refusal == ""
    assert camera.playlist()


def test_memory_is_bounded_however_much_a_camera_sends(tmp_path: Path) -> None:
    source = sources.video(tmp_path / "room.mp4", 6)
    camera = Camera(reach=0)
    camera.segments.playlist()
    ring = Ring(0, 2**30)
    with av.open(str(source)) as container:
        camera.segments.start(container.streams.video[0], partial(ring.newest, 0))
    fat = MOST_BYTES // 20
    for timed in sources.packets(source):
        thin = coded(timed)
        filler = (fat).to_bytes(4, "big") + b"\x0c" + b"\xff" * (fat - 1)  # a unit of filler data
        picture = Coded(thin.data + filler, thin.keyframe, thin.pts, thin.dts, thin.time)
        ring.add(picture)
        camera.segments.add(picture)
        camera.segments.playlist()
    listed = camera.playlist()
    sizes = [len(camera.segments.file(segment.uri) or b"") for segment in listed.segments]
    assert 0 < sum(sizes) <= MOST_BYTES + max(sizes)


def test_names_that_were_never_given_are_nothing() -> None:
    segments = Segments()
    for name in ("", "x", "1.m4s", "init-1.mp4", "1.mp4", "init-1.m4s", "9" * 30 + ".m4s", "../a"):
        assert segments.file(name) is None


@settings(max_examples=40, deadline=None)
@given(
    pauses=st.lists(st.floats(0, 6), min_size=60, max_size=120),
    keyframes=st.sets(st.integers(0, 119), min_size=4),
)
def test_a_playlist_keeps_its_rules_whatever_a_camera_does(
    tmp_path_factory: pytest.TempPathFactory, pauses: list[float], keyframes: set[int]
) -> None:
    source = _clip(tmp_path_factory)
    pictures = [coded(timed) for timed in sources.packets(source)][:10]
    camera = Camera()
    time = sources.START
    with av.open(str(source)) as container:
        camera.segments.start(container.streams.video[0], tuple)
    camera.segments.playlist()
    before: watching.Playlist | None = None
    for number, pause in enumerate(pauses):
        time = camera.time = time + pause
        data = pictures[number % len(pictures)].data
        camera.segments.add(Coded(data, number in keyframes, None, None, time))
        text = camera.segments.playlist()
        if text is not None:
            now = watching.read(text)
            if before is not None:
                watching.follows(before, now)
            before = now
    camera.segments.stop()


_CLIPS: list[Path] = []


def _clip(folders: pytest.TempPathFactory) -> Path:
    if not _CLIPS:
        _CLIPS.append(sources.video(folders.mktemp("clip") / "room.mp4", 1))
    return _CLIPS[0]
