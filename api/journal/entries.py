"""The journal: what was eaten and drunk, written down, listed, and taken back.

An entry's id tells its time to the ns, and its time is its own (the digits below the ms are drawn by lot),
so that two entries of one moment stay two and an entry can be deleted exactly.
"""

import secrets
import time
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, ValidationInfo, field_validator

from api.context import Context
from api.journal import amounts, moments, sentence
from api.journal.moments import MomentError
from api.journal.sentence import ParsedEntry
from api.problems import Problem, capital, invalid_model
from influx import points
from influx.points import Point
from influx.rfc3339 import iso, told
from influx.schema import JOURNAL
from influx.store import Page, RowQuery
from influx.windows import Window, WindowError

DEFAULT_PERSON = "baby"
_PATIENCE, _POLL, _RETRY_AFTER = 2.0, 0.05, 2.0
_MARGIN = 10.0
"""Seconds that lie at most between an entry's being written down and its arrival in the spool."""
_NS_IN_MS = 1_000_000


def _no_truth(value: Any) -> Any:
    """``value``, which is not true or false: pydantic would take them for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("should be a number")  # noqa: TRY004 -- the kind that pydantic takes for a refusal
    return value


Number = Annotated[float, BeforeValidator(_no_truth), Field(allow_inf_nan=False)]
"""A number, or a string that is one."""
Line = Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
Lines = Annotated[str, Field(pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")]
"""Free text: of control characters, only tabs and line breaks."""


class Entry(BaseModel):
    """One entry, as the nursery's seed sends it; ``person`` and ``note`` are welcome too."""

    entry_type: Literal["food", "drink"]
    name: Annotated[Line, Field(min_length=1, max_length=120, description="What it was, with its unit.")]
    amount: Annotated[Number, Field(ge=0, description="At most 2 L, 2 kg, 20 bottles or 500 peas.")]
    note: Annotated[Lines, Field(max_length=1000)] = ""
    person: Annotated[Line, Field(min_length=1, max_length=48, pattern=r"[^\\]$")] = DEFAULT_PERSON

    @field_validator("amount")
    @classmethod
    def _is_a_meal(cls, amount: float, info: ValidationInfo) -> float:
        amounts.check(amount, info.data.get("name", ""))
        return amount


def to_point(entry: Entry, now: datetime, eaten: datetime | None = None) -> Point:
    """The point of ``entry``, written down ``now``, ``eaten`` then or before; with an id of its own."""
    milliseconds = points.to_ns(eaten or now) // _NS_IN_MS
    time_ns = milliseconds * _NS_IN_MS + secrets.randbelow(_NS_IN_MS)
    return points.make(
        JOURNAL,
        {"person": entry.person, "entry_type": entry.entry_type},
        {
            "amount": entry.amount,
            "name": entry.name,
            "note": entry.note or None,
            "entry_id": str(time_ns),
            "written": None if eaten is None else told(now),
        },
        time_ns,
    )


def in_words(point: Point) -> str:
    """``logged 3 baby carrots as food``."""
    return f"logged {point.fields['amount']:g} {point.fields['name']} as {point.tags['entry_type']}"


class Spoken(BaseModel):
    """One short sentence, typed or spoken."""

    text: Annotated[str, Field(min_length=1, max_length=1000, description="Such as `120 ml milk`.")]
    person: Annotated[Line, Field(min_length=1, max_length=48, pattern=r"[^\\]$")] = DEFAULT_PERSON


def from_sentence(
    spoken: Spoken, now: datetime, zone: ZoneInfo
) -> tuple[tuple[Point, ...], tuple[ParsedEntry, ...]]:
    """The points of what was said, and how it was understood; raises ``Problem`` 422 where nothing was."""
    try:
        parsed = sentence.entries(spoken.text)
        made = tuple(_of_sentence(one, spoken.person, now, zone) for one in parsed)
    except ValidationError as error:
        raise Problem(422, invalid_model(error)) from None
    except (sentence.SentenceError, MomentError) as error:
        raise Problem(422, capital(str(error))) from None
    return made, parsed


def _of_sentence(parsed: ParsedEntry, person: str, now: datetime, zone: ZoneInfo) -> Point:
    eaten, rest = moments.read(parsed.when, now, zone)
    entry = Entry(
        entry_type=parsed.entry_type,
        name=parsed.name,
        amount=parsed.amount,
        note=" ".join(filter(None, (parsed.note, *rest))),
        person=person,
    )
    return to_point(entry, now, eaten)


GUESSES = MappingProxyType(
    {
        "amount": "No amount was said, so it is 1.",
        "entry_type": "Whether it was food or drink was not said, so it is food.",
    }
)
"""What is told of each thing that was decided rather than said."""


def understood(point: Point, parsed: ParsedEntry, now: datetime, zone: ZoneInfo) -> str:
    """What was written down, when if that was said, and what was decided rather than said."""
    at = ""
    if _arrival(point) != point.time:
        eaten, here = point.time.astimezone(zone), now.astimezone(zone)
        at = f" at {eaten:%H:%M}" + ("" if eaten.date() == here.date() else " yesterday")
    return " ".join([f"{in_words(point)}{at}.", *(GUESSES[name] for name in parsed.guessed)])


def page(context: Context, window: Window, *, limit: int, before: str | None = None) -> Page:
    """A page of entries, newest first."""
    return context.store.rows(RowQuery(JOURNAL.name, window, limit=limit, before=before))


def find(context: Context, entry_id: str) -> Point | None:
    """The entry of this id as the store has it, or None."""
    if not (entry_id.isascii() and entry_id.isdigit() and len(entry_id) <= 19):
        return None
    start = points.to_datetime(int(entry_id))
    try:
        window = Window(start, start + timedelta(microseconds=1))
    except WindowError:
        return None
    page = context.store.rows(RowQuery(JOURNAL.name, window, fields={"entry_id": entry_id}, limit=1))
    return page.points[0] if page.points else None


def take_back(context: Context, entry: Point) -> None:
    """Delete ``entry`` for good; raises ``Problem`` 503 while a copy of it waits in the spool.

    The spool may deliver a copy after a deletion, which would bring the entry back. It delivers in the order
    of arrival and forgets only what was delivered, so nothing is left of an entry once all that waits is
    younger.
    """
    deadline = time.monotonic() + _PATIENCE
    while not _is_delivered(context, entry):
        if time.monotonic() > deadline:
            raise Problem(
                503, "The entry is still on its way; try again in a moment.", retry_after=_RETRY_AFTER
            )
        time.sleep(_POLL)
    context.store.delete(entry.measurement, entry.tags, entry.time_ns)


def _is_delivered(context: Context, entry: Point) -> bool:
    status = context.spool.status()
    age = (context.now() - _arrival(entry)).total_seconds()
    return status.depth == 0 or status.oldest_age + _MARGIN < age


def _arrival(entry: Point) -> datetime:
    """When ``entry`` was written down, which may be hours after it was eaten."""
    written = entry.fields.get("written")
    return entry.time if written is None else datetime.fromisoformat(str(written))


def as_json(point: Point) -> dict[str, Any]:
    """An entry as the API gives it."""
    return {
        "entry_id": point.fields.get("entry_id"),
        "time": iso(point.time),
        "person": point.tags["person"],
        "entry_type": point.tags["entry_type"],
        "amount": point.fields.get("amount"),
        "name": point.fields.get("name"),
        "note": point.fields.get("note", ""),
    }
