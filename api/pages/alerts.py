"""Alerts: when to warn of whom, in the reader's own unit, and who gets which mail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from api.access.caller import Caller, Who
from api.access.gate import Gate
from api.access.rights import Right, needs
from api.alerts import thresholds
from api.alerts.change import AlertConfig, minutes
from api.alerts.thresholds import Row
from api.context import Context, Ctx
from api.ingest import intake
from api.pages import shown_alarms, words
from api.pages.render import PageRoute, Unit, page
from api.pages.shown_alarms import Reading
from api.pages.shown_events import location_label
from api.problems import Problem, invalid
from influx import alarms
from influx.alert_rules import RULES, AlertRule, Side, SubjectKind, Thresholds
from influx.degrees import apart, celsius, in_unit
from influx.windows import WindowError

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)

OPEN = ("temperature", "no_event")
"""Rules that are shown unfolded: those of the seeds, and what is looked for first."""
_DEGREES = re.compile(r"([^CF°]*?)\s*°?\s*([CF])(?:/h)?", re.IGNORECASE)
_SIDES = {Side.LOW: "Below", Side.HIGH: "Above"}

Text = Annotated[str, Form(max_length=120)]


@dataclass(frozen=True, slots=True)
class ShownSide:
    """One threshold as a field of the form: what was set, and the default that counts while it is empty."""

    name: str
    label: str
    value: str
    default: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A rule for one subject, as the page shows it."""

    kind: str
    subject: str
    title: str
    sentence: str
    sides: tuple[ShownSide, ...]
    off: bool
    changed: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form brought, which comes back with a slip."""

    rule: str
    subject_kind: str
    subject: str
    sides: dict[Side, str]
    off: bool


_NOTHING_TYPED = Typed("", "", "", {}, off=False)


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule with everything it is about."""

    name: str
    title: str
    sentence: str
    unit: str
    rows: tuple[ShownRow, ...]
    open: bool


@router.get("/alerts", dependencies=[needs(Right.VIEW)])
def alerts_page(
    request: Request,
    context: Ctx,
    who: Who,
    unit: Unit,
    saved: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Every threshold, and the reader's own mails."""
    return _page(request, context, who, unit, saved=saved)


@router.post("/alerts", dependencies=[needs(Right.CHANGE)])
def save(
    request: Request,
    context: Ctx,
    who: Who,
    unit: Unit,
    rule: Text = "",
    subject_kind: Text = "",
    subject: Text = "",
    low: Text = "",
    high: Text = "",
    off: Annotated[bool, Form()] = False,
) -> Response:
    """Keep one subject's thresholds of one rule; an empty one is the default again."""
    typed = Typed(rule, subject_kind, subject, {Side.LOW: low, Side.HIGH: high}, off)
    try:
        thresholds.configure(context, who, _config(typed, unit))
    except (Problem, WindowError) as error:
        sentence = _mistake(error, unit)
        return _page(request, context, who, unit, status=422, sentence=sentence, typed=typed)
    return RedirectResponse(f"/pages/alerts?saved={rule}#{rule}", 303)


@router.post("/alerts/mails", dependencies=[needs(Right.VIEW)])
def choose_mails(
    context: Ctx, who: Who, wanted: Annotated[list[Text] | None, Form(max_length=len(RULES))] = None
) -> Response:
    """Keep which mails the reader wants: those ticked and no other."""
    mails = {name: name in (wanted or ()) for name in RULES}
    intake.accept(context, thresholds.wishes(context, who, mails))
    return RedirectResponse("/pages/alerts?saved=mails#mails", 303)


def _config(typed: Typed, unit: str) -> AlertConfig:
    if typed.rule not in RULES or typed.subject_kind not in RULES[typed.rule].kinds:
        raise Problem(422, "There is no such alert.")
    change: dict[str, float | bool | None] = {
        side: _number(RULES[typed.rule], typed.sides[side], unit) for side in RULES[typed.rule].sides
    }
    whose = {} if typed.subject_kind == SubjectKind.HOME else {typed.subject_kind: typed.subject}
    try:
        return AlertConfig.model_validate({**whose, "rules": {typed.rule: {**change, "off": typed.off}}})
    except ValidationError as error:
        mistakes = [{**mistake, "loc": ("form", mistake["loc"][-1])} for mistake in error.errors()]
        raise Problem(422, invalid(mistakes)) from None


def _number(rule: AlertRule, text: str, unit: str) -> float | None:
    text = text.strip()
    if not text:
        return None
    if rule.unit == "min":
        return minutes(text, f"{rule.title}:")
    number, said = _without_unit(rule, text)
    try:
        value = float(number.replace(",", "."))
    except ValueError:
        raise Problem(422, f"{rule.title}: {text!r} is no number.") from None
    if (said or unit) == "F" and rule.unit == "°C":
        return celsius(value)
    return value / 1.8 if (said or unit) == "F" and rule.unit == "°C/h" else value


def _without_unit(rule: AlertRule, text: str) -> tuple[str, str]:
    """The number of what was typed, and C or F where that was typed too."""
    if "°C" not in rule.unit:
        return text.removesuffix(rule.unit).strip(), ""
    found = _DEGREES.fullmatch(text)
    return (found[1], found[2].upper()) if found else (text, "")


def _mistake(error: Problem | WindowError, unit: str) -> str:
    if isinstance(error, thresholds.WrongOrder):
        rule, now = error.row.rule, error.row.thresholds
        low, high = (f"{_told(rule, value, unit)}{_suffix(rule, unit)}" for value in (now.low, now.high))
        return f"{rule.title}: Below, which is {low}, must be less than Above, which is {high}."
    told = error.detail if isinstance(error, Problem) else f"{error}"
    return f"{told.removesuffix('.')}."


def _page(
    request: Request,
    context: Context,
    who: Caller,
    unit: str,
    *,
    status: int = 200,
    saved: str = "",
    sentence: str = "",
    typed: Typed = _NOTHING_TYPED,
) -> Response:
    found = thresholds.settings(context)
    shown = [
        _shown_rule(context, RULES[name], list(rows), unit, typed)
        for name, rows in groupby(thresholds.rows(context, found), key=lambda row: row.rule.name)
        if RULES[name].sides
    ]
    return page(
        request,
        "alerts.html",
        status=status,
        rules=shown,
        saved=saved,
        sentence=sentence,
        wanted=thresholds.wanted(found, who),
        all_rules=RULES.values(),
        others=[
            (user.name, user.role, _mails(thresholds.wanted(found, user))) for user in _others(request, who)
        ],
        **_alarms(context, who, unit),
    )


@router.get("/parts/alarms", dependencies=[needs(Right.VIEW)])
def alarms_part(request: Request, context: Ctx, who: Who, unit: Unit) -> Response:
    """What fires now, who is told, and what was told."""
    return page(request, "parts/alarms.html", **_alarms(context, who, unit))


@router.get("/parts/firing", dependencies=[needs(Right.VIEW)])
def firing_part(request: Request, context: Ctx, who: Who, unit: Unit) -> Response:
    """What fires now, in a line each."""
    shown = shown_alarms.banner(alarms.read(context.data_dir), reading(context, who, unit))
    return page(request, "parts/firing.html", sentences=shown)


def _alarms(context: Context, who: Caller, unit: str) -> dict[str, Any]:
    kept, how = alarms.read(context.data_dir), reading(context, who, unit)
    return {
        "by": kept.by,
        "looked": kept.looked is not None,
        "blind": shown_alarms.nobody_looks(kept, how),
        "firing": shown_alarms.firing(kept, how),
        "contacts": shown_alarms.contacts(kept, how),
        "letters": shown_alarms.letters(kept, how),
    }


def reading(context: Context, who: Caller, unit: str) -> Reading:
    """How ``who`` reads alarms."""
    labels = {location.name: location.label for location in context.locations if location.label}
    return Reading(unit, context.timezone, labels, context.now(), who.may(Right.MANAGE))


def _others(request: Request, who: Caller) -> Iterator[Caller]:
    """Everybody else who has a login, for those who may know."""
    if who.may(Right.MANAGE):
        gate: Gate = request.app.state.gate
        for user in gate.ledger.users():
            if user.name != who.name:
                yield Caller(user.name, "user", user.role)


def _mails(wanted: dict[str, bool]) -> str:
    titles = [RULES[name].title for name, is_wanted in wanted.items() if is_wanted]
    return "every mail" if len(titles) == len(RULES) else ", ".join(titles) or "no mail"


def _shown_rule(context: Context, rule: AlertRule, rows: list[Row], unit: str, typed: Typed) -> ShownRule:
    shown = tuple(_shown_row(context, row, unit, typed) for row in rows)
    is_open = rule.name in (*OPEN, typed.rule)
    return ShownRule(rule.name, rule.title, rule.sentence, _unit(rule, unit), shown, is_open)


def _shown_row(context: Context, row: Row, unit: str, typed: Typed) -> ShownRow:
    own = row.setting.thresholds if row.setting else Thresholds()
    of_row = (row.rule.name, row.subject.kind, row.subject.name)
    is_typed = of_row == (typed.rule, typed.subject_kind, typed.subject)
    sides = tuple(
        ShownSide(
            side,
            _SIDES[side],
            typed.sides[side] if is_typed else _told(row.rule, getattr(own, side), unit),
            _told(row.rule, getattr(row.default, side), unit),
        )
        for side in row.rule.sides
    )
    off = row.setting is not None and row.setting.off
    title = _title(context, row.subject.kind, row.subject.name)
    sentence = _sentence(row, off, unit)
    return ShownRow(
        row.subject.kind,
        row.subject.name,
        title,
        sentence,
        sides,
        typed.off if is_typed else off,
        off or own != Thresholds(),
        is_typed,
    )


def _sentence(row: Row, off: bool, unit: str) -> str:
    if off:
        return "Never warns"
    ends = [
        f"{_SIDES[side].lower()} {_told(row.rule, value, unit)}{_suffix(row.rule, unit)}"
        for side in row.rule.sides
        if (value := getattr(row.thresholds, side)) is not None
    ]
    if not ends and row.rule.name == "silence":
        return "Warns after three of its intervals"
    if row.rule.unit == "min" and ends:
        return f"Warns after {ends[0].removeprefix('above ')}"
    return f"Warns {' and '.join(ends)}" if ends else "No threshold"


def _told(rule: AlertRule, value: float | None, unit: str) -> str:
    """A threshold as it is typed: in the reader's unit, lengths of time in their largest whole one."""
    if value is None:
        return ""
    if rule.unit == "min":
        for size, name in ((1440, "d"), (60, "h")):
            if value >= size and value % size == 0:
                return f"{value / size:g} {name}"
        return f"{value:g} min"
    if rule.unit == "°C":
        return f"{round(in_unit(value, unit), 1):g}"
    if rule.unit == "°C/h" and unit == "F":
        return f"{round(apart(value, unit), 1):g}"
    return f"{value:g}"


def _unit(rule: AlertRule, unit: str) -> str:
    return rule.unit.replace("°C", f"°{unit}")


def _suffix(rule: AlertRule, unit: str) -> str:
    return "" if rule.unit in ("", "min") else f"{words.THIN_SPACE}{_unit(rule, unit)}"


def _title(context: Context, kind: SubjectKind, name: str) -> str:
    if kind is SubjectKind.HOME:
        return "Whole home"
    if kind is SubjectKind.LOCATION:
        return location_label(context, name)
    if kind is SubjectKind.PET:
        return words.pet(name)
    return name if kind in (SubjectKind.GAS, SubjectKind.SENSOR, SubjectKind.NODE) else words.label(name)
