"""How Hutch is doing, as people read it: each part with what it says and what to do about it; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from api.pages import words
from api.pages.shown_machines import size
from api.problems import capital

WELL, UNEASY, BAD = "well", "uneasy", "bad"

_CAMERA_ADVICE = {
    "away": "It is started again by itself. Where that lasts, its log says why, and `consent` must be set.",
    "lost": "See that it has power and network and that its cable is in; it is opened again by itself.",
    "frozen": "It is opened again by itself, less and less often; where that does not help, cut its power.",
    "black": "See that nothing covers the lens, and that it has light or infrared.",
    "looping": "It shows what was, not what is: cut its power, and see who else can reach it.",
    "starting": "That takes a few seconds; longer where it does not answer.",
}
_STATES = {
    "running": "Runs",
    "away": "Does not run",
    "lost": "No picture",
    "frozen": "Frozen",
    "black": "Black",
    "looping": "Repeats itself",
    "starting": "Starts",
}


@dataclass(frozen=True, slots=True)
class ShownPart:
    """One part: its name, how it is (``well``, ``uneasy`` or ``bad``), what it says, and what to do."""

    title: str
    state: str
    sentence: str
    advice: str = ""


def parts(told: Mapping[str, Any]) -> list[ShownPart]:
    """The parts of what ``/health`` told, those with trouble first."""
    shown = [
        _store(told["store"]),
        _spool(told["spool"]),
        *_dead(told["spool"]),
        *(_disk(told["disk"]) for _ in range("disk" in told)),
        *(_clips(told["clips"]) for _ in range("clips" in told)),
        *(_collector(told["collector"]) for _ in range("collector" in told)),
        *(_camera(name, camera) for name, camera in told["cameras"].items()),
        *(_registry(told["registry"]) for _ in range("registry" in told)),
    ]
    return by_state(shown)


def by_state(shown: Iterable[ShownPart]) -> list[ShownPart]:
    """Those with trouble first."""
    order = (BAD, UNEASY, WELL)
    return sorted(shown, key=lambda part: order.index(part.state))


def _store(part: Mapping[str, Any]) -> ShownPart:
    if part["reachable"]:
        return ShownPart("Database", WELL, "It answers.")
    advice = "See that it runs and can be reached. What is measured meanwhile waits, and is not lost."
    return ShownPart("Database", BAD, capital(part["reason"]), advice)


def _spool(part: Mapping[str, Any]) -> ShownPart:
    title = "Points on their way"
    if not part["reachable"]:
        advice = "See that the data folder can be written and its disk has room."
        return ShownPart(title, BAD, capital(part["reason"]), advice)
    depth = part["depth"]
    if "reason" in part:
        sentence = f"{depth} points wait, the oldest for {words.length(part['oldest_age'])}."
        advice = "They go on by themselves when the database takes them; `hutch spool status` tells more."
        return ShownPart(title, BAD, sentence, advice)
    return ShownPart(title, WELL, f"{depth} just now, none for long." if depth else "None waits.")


def _dead(part: Mapping[str, Any]) -> list[ShownPart]:
    found = []
    if rejected := part.get("rejected"):
        advice = "`hutch spool dead` shows them and why, `hutch spool retry` sends them again."
        sentence = f"The database refused {rejected} points. They are kept as dead letters."
        found.append(ShownPart("Refused points", UNEASY, sentence, advice))
    if dropped := part.get("dropped"):
        sentence = f"{dropped} points were given up for want of room since the spool was made."
        advice = "Give the spool more room with `[collector.spool] max_bytes`, or keep outages shorter."
        found.append(ShownPart("Lost points", UNEASY, sentence, advice))
    return found


def _disk(part: Mapping[str, Any]) -> ShownPart:
    if "reason" in part:
        advice = "Delete what else is on the disk, or let `[influx.retention]` keep less."
        return ShownPart("Disk", BAD, capital(part["reason"]), advice)
    return ShownPart("Disk", WELL, f"{size(part['free'])} free.")


def _clips(part: Mapping[str, Any]) -> ShownPart:
    if part.get("reachable"):
        return ShownPart("Clips", WELL, "Their store answers.")
    advice = "See that the store of clips runs. Clips wait in the outbox meanwhile, and are not lost."
    return ShownPart("Clips", BAD, capital(str(part.get("reason", ""))), advice)


def _collector(part: Mapping[str, Any]) -> ShownPart:
    if "reason" in part:
        advice = "`hutch run` starts it again by itself; where that lasts, its log says why."
        return ShownPart("Collector", BAD, capital(part["reason"]), advice)
    return ShownPart("Collector", WELL, "It reports.")


def _camera(name: str, camera: Mapping[str, Any]) -> ShownPart:
    state, title = camera["state"], f"Camera {words.label(name)}"
    if state == "running":
        return ShownPart(title, WELL, "Runs.")
    reason = f": {camera['reason']}" if camera.get("reason") else ""
    sentence = capital(f"{_STATES.get(state, 'Does not run')}{reason}")
    return ShownPart(title, UNEASY if state == "starting" else BAD, sentence, _CAMERA_ADVICE.get(state, ""))


def _registry(part: Mapping[str, Any]) -> ShownPart:
    missed, expected = part.get("missed"), part.get("expected")
    if "reason" in part:
        advice = "Below stands since when. What is gone for good is retired with `hutch registry retire`."
        return ShownPart("What is expected", BAD, capital(part["reason"]), advice if missed else "")
    if expected is None:
        return ShownPart("What is expected", UNEASY, "Nobody can say while the database is away.")
    sentence = f"Of {expected} none is overdue." if expected else "Nothing is."
    return ShownPart("What is expected", WELL, sentence)
