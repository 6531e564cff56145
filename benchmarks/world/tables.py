"""What came of scenes, as tables that people read and Markdown shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from influx.schema import UNKNOWN_PET
from vision.truth import FALSE, IN_TIME, MISSED, Found, Score, Truth, pairs

_SHORT = {"eating_drinking": "eating", "interacting": "interact"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scene's truth, and what was found in it."""

    seed: int
    infrared: bool
    truth: Truth
    found: tuple[Found, ...]


def tables(outcomes: Sequence[Outcome], *, each: bool = False) -> str:
    """The figures by day and in infrared; with ``each`` also every visit that went wrong."""
    parts = []
    named = any(event.pet != UNKNOWN_PET for outcome in outcomes for event in outcome.found)
    for name, infrared in (("by day", False), ("in infrared", True)):
        chosen = [outcome for outcome in outcomes if outcome.infrared == infrared]
        if chosen:
            parts.append(_section(name, chosen, named=named))
    if each:
        parts.append("\n".join(_wrong(outcomes)))
    return "\n".join(parts)


def _section(name: str, outcomes: Sequence[Outcome], *, named: bool) -> str:
    score, empty = Score(), 0
    for outcome in outcomes:
        score.add(outcome.truth.events, outcome.found)
        empty += 0 if outcome.truth.events else len(outcome.found)
    nobody = sum(not outcome.truth.events for outcome in outcomes)
    lines = [
        f"### Scripted, {name}: {len(outcomes)} scenes, {score.visits} visits",
        "",
        _headline(score, empty, nobody),
        "",
        *_confusion(score),
        "",
    ]
    if named:
        lines += [*_names(score), ""]
    return "\n".join(lines)


def _headline(score: Score, empty: int, nobody: int) -> str:
    return (
        f"type right {score.right:.1%} of all visits; "
        f"start and end within {IN_TIME:g} s {score.in_time:.1%} of pairs; "
        f"missed {score.missed}, false {score.false} ({empty} of them in {nobody} empty scenes)"
    )


def _confusion(score: Score) -> list[str]:
    kinds = score.kinds()
    columns = [*kinds, MISSED]
    rows = [["truth \\ found", *(_SHORT.get(kind, kind) for kind in columns), "recall", "precision"]]
    for kind in [*kinds, FALSE]:
        counts = [score.types[kind, column] for column in columns]
        if any(counts) or kind != FALSE:
            shares = (
                ["", ""] if kind == FALSE else [_percent(score.recall(kind)), _percent(score.precision(kind))]
            )
            rows.append([kind, *(str(count) if count else "" for count in counts), *shares])
    return _markdown(rows)


def _names(score: Score) -> list[str]:
    pairs_made = max(score.pets.total(), 1)
    truth = sorted({pet for pet, _ in score.pets})
    known = sum(score.pets[pet, pet] for pet in truth)
    unknown = sum(score.pets[pet, UNKNOWN_PET] for pet in truth)
    found = sorted({pet for _, pet in score.pets})
    rows = [["pet \\ found", *found, "right", "wrong name"]]
    for pet in truth:
        counts = [score.pets[pet, other] for other in found]
        total = sum(counts)
        right = score.pets[pet, pet] / total
        wrong = (total - score.pets[pet, pet] - score.pets[pet, UNKNOWN_PET]) / total
        rows.append([pet, *(str(count) if count else "" for count in counts), f"{right:.0%}", f"{wrong:.0%}"])
    told = f"whose: right {known / pairs_made:.1%}, unknown {unknown / pairs_made:.1%}, "
    told += f"wrong {(pairs_made - known - unknown) / pairs_made:.1%} of {pairs_made} pairs"
    return [told, "", *_markdown(rows)]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _markdown(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def _wrong(outcomes: Iterable[Outcome]) -> Iterable[str]:
    for outcome in outcomes:
        visits, found = outcome.truth.events, outcome.found
        paired = dict(pairs(visits, found))
        for number, visit in enumerate(visits):
            event = found[paired[number]] if number in paired else None
            what = "missed" if event is None else f"{event.event_type} {event.start:.1f}–{event.end:.1f}"
            late = (
                event is not None
                and max(abs(event.start - visit.start), abs(event.end - visit.end)) > IN_TIME
            )
            if event is None or event.event_type != visit.event_type or late:
                span = f"{visit.start:.1f}–{visit.end:.1f}"
                yield f"{outcome.seed}: {visit.pet} {visit.event_type} {span} is {what}"
        for number, event in enumerate(found):
            if number not in paired.values():
                yield f"{outcome.seed}: false {event.event_type} {event.start:.1f}–{event.end:.1f}"
