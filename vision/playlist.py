"""The playlist of a live picture (HTTP Live Streaming, RFC 8216): which segments there are to fetch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

VERSION = 7
"""What `EXT-X-MAP` in a list of whole pictures asks for, and what players expect of fragmented MP4."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Some seconds of pictures that follow those of ``sequence - 1``.

    ``time`` is when the first of them was taken, in seconds since 1970. ``head`` is the sequence of the first
    segment that shares its initialisation, and ``run`` counts the initialisations before that one.
    """

    sequence: int
    run: int
    head: int
    time: float
    seconds: float
    data: bytes

    @property
    def name(self) -> str:
        """Its file beside the playlist."""
        return f"{self.sequence}.m4s"


def init_name(head: int) -> str:
    """The file of the initialisation that segments with this ``head`` need."""
    return f"init-{head}.mp4"


def playlist(segments: Sequence[Segment], target: int) -> str:
    """The media playlist of ``segments``, at least one, of which none is longer than ``target`` seconds once
    rounded (RFC 8216, 4.3.3.1).
    """
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{VERSION}",
        f"#EXT-X-TARGETDURATION:{target}",
        f"#EXT-X-MEDIA-SEQUENCE:{segments[0].sequence}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{segments[0].run}",
    ]
    head: int | None = None
    for segment in segments:
        if segment.head != head:
            if head is not None:
                lines.append("#EXT-X-DISCONTINUITY")
            lines.append(f'#EXT-X-MAP:URI="{init_name(segment.head)}"')
            head = segment.head
        lines += [
            f"#EXT-X-PROGRAM-DATE-TIME:{_moment(segment.time)}",
            f"#EXTINF:{segment.seconds:.3f},",
            segment.name,
        ]
    return "\n".join(lines) + "\n"


def _moment(time: float) -> str:
    return datetime.fromtimestamp(time, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
