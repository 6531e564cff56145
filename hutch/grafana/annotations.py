"""An event with a clip as a region on Grafana's graphs: when, its tags, and what people read there; pure.

Grafana keeps no key of ours beside an annotation, so the link that its text begins with says whose it is.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape

from influx import corrections
from influx import event_words as words
from influx.plain_words import label
from influx.points import Point
from influx.schema import CAPTURED_EVENT_TYPES, NO_PETS, TIMELAPSE, UNKNOWN_PET
from vision.clips import clip_key
from vision.events import CLIP_STORED, start_of

TAG = "clip"
"""What every one is tagged with; the dashboards ask for it."""

_MS_NS = 1_000_000
_WIDTH = 240
"""Pixels: about as wide as Grafana lets the box be that it shows annotations in."""
_LINK = re.compile(r'<a href="(?P<site>[^"<>]*)/clips/(?P<id>[^"<>/]+)">')
"""How the text of ours begins, in every version of Hutch."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """A region on the graph; times are ms since 1970, ``tags`` as Grafana keeps them."""

    start: int
    stop: int
    tags: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Site:
    """Where the pages of this home are, and what its locations are called there.

    ``address`` is absolute: Grafana takes a click on any other link for one of its own pages.
    """

    address: str
    labels: Mapping[str, str]

    def annotation(self, event: Point) -> Annotation:
        """How ``event``, which has a stored clip, is shown."""
        event_id = str(event.fields["event_id"])
        start = event.time_ns // _MS_NS
        link = f'<a href="{escape(f"{self.address}/clips/{event_id}")}">'
        picture = ""
        if event.fields.get("snapshot"):
            picture = (
                f'<img src="{escape(f"{self.address}/snapshots/{event_id}")}" alt="" width="{_WIDTH}"><br>'
            )
        return Annotation(
            start,
            start + round(_duration(event) * 1000),
            kept_tags((TAG, event.tags["pet"], event.tags["event_type"], event.tags["camera"])),
            f"{link}{picture}{escape(self.sentence(event))}</a>",
        )

    def sentence(self, event: Point) -> str:
        """What happened, in the words of the pages: ``Miso played for 12 s, Cage``."""
        pet, event_type = event.tags["pet"], event.tags["event_type"]
        place = self.labels.get(event.tags["location"]) or label(event.tags["location"])
        length = words.length(_duration(event))
        if event_type in CAPTURED_EVENT_TYPES:
            return f"{words.event_type(event_type)} of {length}, {place}"
        if pet in (UNKNOWN_PET, *NO_PETS):
            return f"{words.event_type(event_type)} for {length}, {place} ({words.pet(pet).lower()})"
        return f"{words.pet(pet)} {words.did(event_type)} for {length}, {place}"

    def event_of(self, text: str) -> tuple[str, bool] | None:
        """The event that an annotation of this ``text`` is of, and whether its link leads here; None where
        somebody else wrote it.
        """
        found = _LINK.match(text)
        if found is None:
            return None
        try:
            start_of(found["id"])
        except (ValueError, OverflowError):
            return None
        return found["id"], found["site"] == escape(self.address)


def has_clip(event: Point) -> bool:
    """Whether there is a clip of ``event`` to be seen; never of one whose id a link could not carry, nor the
    film of a day, which would lie over all of a graph.

    Devices may send events of cameras with any name: by its link alone such an annotation is known again.
    """
    if event.fields.get("clip_state") != CLIP_STORED or not event.fields.get("clip"):
        return False
    if event.tags["event_type"] == TIMELAPSE:
        return False
    return _is_id(str(event.fields.get("event_id", "")))


def one_each(found: Iterable[Point]) -> dict[str, Point]:
    """The events that the points ``found`` are of, by their ids; those with a clip."""
    of_each: dict[str, list[Point]] = {}
    for point in found:
        of_each.setdefault(str(point.fields.get("event_id", "")), []).append(point)
    events = {event_id: corrections.newest(several) for event_id, several in of_each.items()}
    return {event_id: event for event_id, event in events.items() if event is not None and has_clip(event)}


def kept_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """``tags`` as Grafana gives them back: each once, without spaces around, two parts of what has colons.

    What differs in case or accents alone is one tag to a Grafana on MySQL, which fails at having it twice.
    """
    kept: dict[str, str] = {}
    for tag in tags:
        key, value = ([*(part.strip(" ") for part in tag.split(":")), ""])[:2]
        if key:
            text = f"{key}:{value}" if value else key
            kept.setdefault(_as_compared(text), text)
    return tuple(kept.values())


def _as_compared(tag: str) -> str:
    letters = unicodedata.normalize("NFKD", tag.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _is_id(text: str) -> bool:
    """Whether it is the id of an event that a clip may be kept of."""
    try:
        return "/" not in text and bool(clip_key(text))
    except (ValueError, OverflowError):
        return False


def _duration(event: Point) -> float:
    return float(event.fields.get("duration", 0.0))
