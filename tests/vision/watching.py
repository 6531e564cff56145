"""A player of HLS as far as tests need one: reads a playlist by its own rules, and what it names."""

import io
import re
from dataclasses import dataclass

import av


@dataclass(frozen=True)
class Listed:
    """A segment as a playlist names it."""

    sequence: int
    uri: str
    init: str
    seconds: float
    after_a_break: bool


@dataclass(frozen=True)
class Playlist:
    """A media playlist that passed the rules of RFC 8216 which concern it."""

    target: int
    discontinuity_sequence: int
    segments: tuple[Listed, ...]


def read(text: str) -> Playlist:
    """``text`` as a playlist; fails where it breaks a rule."""
    lines = text.splitlines()
    assert lines[0] == "#EXTM3U", "4.3.1.1: it begins with EXTM3U"
    tags = dict(line.removeprefix("#").split(":", 1) for line in lines if ":" in line and line[0] == "#")
    assert tags["EXT-X-VERSION"] == "7"
    target, sequence = int(tags["EXT-X-TARGETDURATION"]), int(tags["EXT-X-MEDIA-SEQUENCE"])
    listed: list[Listed] = []
    init, seconds, broken = "", 0.0, False
    for line in lines:
        if found := re.fullmatch(r'#EXT-X-MAP:URI="([^"]+)"', line):
            init = found[1]
        elif found := re.fullmatch(r"#EXTINF:(\d+\.\d{3}),", line):
            seconds = float(found[1])
        elif line == "#EXT-X-DISCONTINUITY":
            broken = True
        elif not line.startswith("#"):
            assert init, "a segment of fragmented MP4 needs an EXT-X-MAP before it"
            assert seconds, "4.3.2.1: each segment has its EXTINF"
            assert round(seconds) <= target, "4.3.3.1: no segment is longer than the target"
            listed.append(Listed(sequence + len(listed), line, init, seconds, broken))
            seconds, broken = 0.0, False
    assert listed, "there is nothing to play"
    assert [segment.uri for segment in listed] == [f"{segment.sequence}.m4s" for segment in listed]
    return Playlist(target, int(tags["EXT-X-DISCONTINUITY-SEQUENCE"]), tuple(listed))


def follows(before: Playlist, after: Playlist) -> None:
    """Check that ``after`` may come after ``before``: 6.2.1 and 6.2.2."""
    old = {segment.sequence: segment for segment in before.segments}
    shared = [segment for segment in after.segments if segment.sequence in old]
    assert shared, "a player that asks in time misses something"
    assert after.segments[0].sequence >= before.segments[0].sequence, "what was removed is back"
    for segment in shared:
        assert segment.uri == old[segment.sequence].uri
        assert segment.init == old[segment.sequence].init
    gone = [segment for segment in before.segments if segment.sequence < after.segments[0].sequence]
    breaks = sum(segment.after_a_break for segment in gone)
    breaks += after.segments[0].sequence in old and old[after.segments[0].sequence].after_a_break
    assert after.discontinuity_sequence - before.discontinuity_sequence == breaks
    assert sum(segment.seconds for segment in after.segments) >= 3 * after.target - 0.5 or not gone


def decoded(data: bytes) -> list[int]:
    """The times of the pictures that an initialisation and the segments after it show, in its own ticks."""
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        return [frame.pts for frame in container.decode(video=0) if frame.pts is not None]


def payloads(data: bytes) -> list[bytes]:
    """The encoded pictures in it."""
    with av.open(io.BytesIO(data), "r", format="mp4") as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]
