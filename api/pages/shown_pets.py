"""Pets as people read them: a card each, the bars of a week, and what the heat map shows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import quote, urlencode

from api.context import Context
from api.events import listing
from api.events.listing import Filters
from api.pages import shown_events, words
from api.pages.shown_events import ShownEvent
from api.pets import catalogue
from api.pets.catalogue import Pet
from influx.points import Point
from influx.schema import UNKNOWN_PET
from influx.windows import Window
from vision import photos
from vision.clips import ClipsUnavailable
from vision.photos import Photo

MOST_KINDS = 5
"""Event types that have a colour of their own; the rest share one."""
WIDE, HIGH, HEAD, FOOT = 350, 190, 18, 24
"""The drawing of a week: its size, and the room for numbers above and days below."""
_BAR = 30


@dataclass(frozen=True, slots=True)
class ShownPet:
    """A pet, in words; ``picture`` is an address or empty, ``ago`` None where it was never seen."""

    name: str
    label: str
    address: str
    expected: bool
    registered: bool
    ago: timedelta | None
    camera: str
    picture: str
    today: tuple[tuple[str, int], ...]
    simulated: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a bar: the class of its colour, and where it is drawn."""

    colour: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the week: what it is called, where it stands, how many events it had, and of which kinds."""

    label: str
    words: str
    x: float
    middle: float
    total: int
    top: float
    pieces: tuple[Piece, ...]
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Week:
    """Bars of seven days, and the key of their colours: class, words and number of each kind."""

    bars: tuple[Bar, ...]
    key: tuple[tuple[str, str, int], ...]

    @property
    def total(self) -> int:
        """How many events there were."""
        return sum(bar.total for bar in self.bars)


def every(context: Context) -> list[ShownPet]:
    """Every pet there is; raises what the store raises."""
    today = catalogue.counts(context)
    try:
        newest = photos.newest(context.clips)
    except ClipsUnavailable:
        newest = {}
    return [
        shown(context, pet, newest.get(photos.folder_of(pet.name)), today.get(pet.name, {}))
        for pet in catalogue.pets(context)
    ]


def shown(context: Context, pet: Pet, photo: Photo | None, today: Mapping[str, int]) -> ShownPet:
    """``pet`` with its newest photograph, or what a camera saw of it last."""
    return ShownPet(
        pet.name,
        words.pet(pet.name),
        f"/pages/pets/{quote(pet.name, safe='')}",
        pet.expected,
        pet.registered,
        None if pet.seen is None else max(timedelta(0), context.now() - pet.seen),
        words.label(pet.camera),
        _picture(context, pet, photo),
        tuple((words.event_type(kind), number) for kind, number in today.items()),
        any(camera.name == pet.camera and camera.kind == "scripted" for camera in context.cameras),
    )


def _picture(context: Context, pet: Pet, photo: Photo | None) -> str:
    if photo is not None:
        return catalogue.photo_address(pet.name, photo.id)
    return _snapshot(catalogue.newest_snapshot(context, pet=pet.name))


def _snapshot(event: Point | None) -> str:
    return "" if event is None else f"/snapshots/{quote(str(event.fields['event_id']), safe='')}"


def week(context: Context, pet: str) -> Week:
    """The events of the last seven days of the home, drawn as bars."""
    days = catalogue.by_day(context, pet)
    totals: Counter[str] = Counter()
    for kinds in days.values():
        totals.update(kinds)
    colours = {kind: f"k{n}" for n, (kind, _) in enumerate(totals.most_common(MOST_KINDS))}
    most = max((sum(kinds.values()) for kinds in days.values()), default=0) or 1
    step = WIDE / len(days)
    bars = tuple(
        _bar(day, kinds, colours, n * step + step / 2, most) for n, (day, kinds) in enumerate(days.items())
    )
    key = [(colours[kind], words.event_type(kind), totals[kind]) for kind in colours]
    if others := totals.total() - sum(number for _, _, number in key):
        key.append(("other", "Others", others))
    return Week(bars, tuple(key))


def _bar(day: date, kinds: Mapping[str, int], colours: Mapping[str, str], middle: float, most: int) -> Bar:
    room, base = HIGH - HEAD - FOOT, HIGH - FOOT
    by_colour: Counter[str] = Counter()
    for kind, number in kinds.items():
        by_colour[colours.get(kind, "other")] += number
    pieces, top = [], float(base)
    for colour in (*colours.values(), "other"):
        height = room * by_colour[colour] / most
        if height:
            top -= height
            pieces.append(Piece(colour, round(top, 1), round(height, 1)))
    named = {words.event_type(kind): number for kind, number in kinds.items()}
    return Bar(
        f"{day:%a} {day.day}",
        f"{day:%A} {day.day} {day:%B}",
        round(middle - _BAR / 2, 1),
        round(middle, 1),
        sum(kinds.values()),
        round(top, 1),
        tuple(pieces),
        named,
    )


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The heat map of one camera and window: its address, and for how long the pet was seen.

    ``ground`` is the address of what the camera saw last, over which it lies; empty where there is nothing.
    """

    layer: str
    ground: str
    camera: str
    cameras: tuple[tuple[str, str], ...]
    seconds: int


def heat_map(context: Context, pet: str, last: str, window: Window, camera: str) -> HeatMap:
    """The map of ``pet`` within ``window``, which ``last`` names; else of the camera that saw it most."""
    seen = catalogue.seconds_seen(context, pet, window)
    chosen = camera or next(iter(seen), "")
    asked = {"last": last} | ({"camera": chosen} if chosen else {})
    return HeatMap(
        f"/pets/{quote(pet, safe='')}/where.png?{urlencode(asked)}",
        _snapshot(catalogue.newest_snapshot(context, camera=chosen)) if chosen else "",
        chosen,
        tuple((name, words.label(name)) for name in sorted(seen)),
        seen.get(chosen, 0),
    )


def candidates(context: Context, pet: str, most: int = 6) -> list[ShownEvent]:
    """The newest events with a picture that may be of ``pet``: its own, then those of nobody known."""
    found: list[ShownEvent] = []
    for name in (pet, UNKNOWN_PET):
        page = listing.page(context, Filters(pet=name), None, limit=20)
        found += [shown_events.shown(context, event) for event in page.events if event.fields.get("snapshot")]
    return found[:most]
