"""Journal: write down food and drink with one hand, see when the last was, take a slip back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import Field, ValidationError
from starlette.responses import RedirectResponse

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.ingest.intake import accept
from api.journal import entries as journal
from api.journal.entries import GUESSES, Entry
from api.pages.render import AWAY, PageRoute, page
from api.problems import Problem, invalid_model
from api.questions import day
from collector.spool import SpoolError
from influx.points import Point
from influx.windows import Window

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)

MEMORY = timedelta(days=30)
"""How far back names used before, and the last food and drink, are looked for."""
MOST_ENTRIES = 500
MOST_USUAL = 4
"""Large buttons: as many as a thumb finds without looking."""
MOST_NAMES = 30

Text = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry, as the page shows it."""

    id: str
    entry_type: str
    amount: float
    name: str
    note: str
    time: datetime
    age: timedelta


@router.get("/journal", dependencies=[needs(Right.VIEW)])
def journal_page(
    request: Request,
    context: Ctx,
    saved: Annotated[str, Query(max_length=120)] = "",
    guessed: Annotated[str, Query(max_length=60)] = "",
    undone: Annotated[bool, Query()] = False,
) -> Response:
    """The form, the last food and drink, and the list of today."""
    return _page(request, context, saved=saved, guessed=guessed, undone=undone)


@router.get("/parts/lasts", dependencies=[needs(Right.VIEW)])
def lasts_part(request: Request, context: Ctx) -> Response:
    """How long it is since the last food and drink; that nobody knows while the store is away."""
    try:
        return page(request, "parts/lasts.html", lasts=_lasts(_entries(context)), away=False)
    except AWAY:
        return page(request, "parts/lasts.html", lasts=_lasts([]), away=True)


@router.post("/journal", dependencies=[needs(Right.CHANGE)])
def write_down(
    request: Request, context: Ctx, entry_type: Text = "", amount: Text = "", name: Text = "", note: Text = ""
) -> Response:
    """Write one entry down, durably; a slip comes back with a sentence, and nothing typed is lost."""
    typed = {
        "entry_type": entry_type,
        "amount": amount.replace(",", "."),
        "name": " ".join(name.split()),
        "note": note.strip(),
    }
    try:
        entry = Entry.model_validate(typed)
    except ValidationError as error:
        return _page(request, context, status=422, sentence=invalid_model(error), form=typed)
    point = journal.to_point(entry, context.now())
    try:
        accept(context, [point])
    except SpoolError as error:
        return _page(request, context, status=503, sentence=_not_kept(error), form=typed)
    return RedirectResponse(f"/pages/journal?saved={point.fields['entry_id']}", 303)


@router.post("/journal/said", dependencies=[needs(Right.CHANGE)])
def write_down_what_was_said(request: Request, context: Ctx, text: Text = "") -> Response:
    """Write one sentence down, durably; one that is not understood comes back with a question."""
    try:
        spoken = journal.Spoken.model_validate({"text": text})
        made, parsed = journal.from_sentence(spoken, context.now(), context.timezone)
    except ValidationError:
        return _page(
            request, context, status=422, sentence="What was it? Say it like “120 ml milk”.", text=text
        )
    except Problem as problem:
        return _page(request, context, status=422, sentence=problem.detail, text=text)
    try:
        accept(context, made)
    except SpoolError as error:
        return _page(request, context, status=503, sentence=_not_kept(error), text=text)
    guessed = ",".join(sorted({name for one in parsed for name in one.guessed}))
    identifiers = ",".join(str(point.fields["entry_id"]) for point in made)
    more = f"&guessed={guessed}" if guessed else ""
    return RedirectResponse(f"/pages/journal?saved={identifiers}{more}", 303)


def _not_kept(error: SpoolError) -> str:
    return f"This is not written down, and still stands below: {error}."


@router.post("/journal/undo", dependencies=[needs(Right.CHANGE)])
def undo(
    request: Request,
    context: Ctx,
    entry_id: Annotated[list[Annotated[str, Field(max_length=30)]], Form(max_length=10)],
) -> Response:
    """Take entries back: one, or those of one sentence."""
    found = [point for one in entry_id if (point := journal.find(context, one)) is not None]
    if not found:
        return _page(request, context, status=404, sentence="There is no such entry any more.")
    for point in found:
        journal.take_back(context, point)
    return RedirectResponse("/pages/journal?undone=1", 303)


def _page(
    request: Request,
    context: Context,
    *,
    status: int = 200,
    saved: str = "",
    guessed: str = "",
    undone: bool = False,
    sentence: str = "",
    text: str = "",
    form: dict[str, str] | None = None,
) -> Response:
    try:
        entries, away = _entries(context), False
    except AWAY:
        # The form still works: what is written down waits in the spool.
        entries, away = [], True
    today = context.now().astimezone(context.timezone).date()
    start_of_today = day(f"{today}", context.timezone).start
    start_of_yesterday = day(f"{today - timedelta(days=1)}", context.timezone).start
    return page(
        request,
        "journal.html",
        status=status,
        sentence=sentence,
        text=text,
        saved=[entry for entry in entries if entry.id in saved.split(",") and entry.id],
        guesses=[GUESSES[name] for name in guessed.split(",") if name in GUESSES],
        undone=undone,
        away=away,
        kept=bool(saved) and away,
        form=form or {"entry_type": "", "amount": "1", "name": "", "note": ""},
        lasts=_lasts(entries),
        usual=_usual(entries),
        names=list(dict.fromkeys(entry.name for entry in entries))[:MOST_NAMES],
        today=[entry for entry in entries if entry.time >= start_of_today],
        yesterday=[entry for entry in entries if start_of_yesterday <= entry.time < start_of_today],
    )


def _entries(context: Context) -> list[ShownEntry]:
    now = context.now()
    window = Window(now - MEMORY, now + timedelta(hours=1))
    found = journal.page(context, window, limit=MOST_ENTRIES)
    return [_shown(point, now) for point in found.points]


def _shown(point: Point, now: datetime) -> ShownEntry:
    fields = point.fields
    return ShownEntry(
        str(fields.get("entry_id", "")),
        point.tags["entry_type"],
        float(fields.get("amount", 0)),
        str(fields.get("name", "")),
        str(fields.get("note", "")),
        point.time,
        max(timedelta(0), now - point.time),
    )


def _lasts(entries: list[ShownEntry]) -> list[tuple[str, str, ShownEntry | None]]:
    """The newest food and drink; what was refused, of which the amount is 0, is no meal."""
    return [
        (
            entry_type,
            words,
            next((entry for entry in entries if entry.entry_type == entry_type and entry.amount), None),
        )
        for entry_type, words in (("food", "Food"), ("drink", "Drink"))
    ]


def _usual(entries: list[ShownEntry]) -> list[ShownEntry]:
    """What was eaten or drunk before, each name once with its last amount, last used first."""
    newest: dict[tuple[str, str], ShownEntry] = {}
    for entry in entries:
        if entry.amount:
            newest.setdefault((entry.entry_type, entry.name), entry)
    return list(newest.values())[:MOST_USUAL]
