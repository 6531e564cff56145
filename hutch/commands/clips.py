"""``hutch clips``: what is kept, how much room it takes, what stays when room is made, and making it."""

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ByteSize, TypeAdapter, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from hutch.config import Config, load
from hutch.errors import Interrupted, UsageError
from hutch.home import keeping_clips
from hutch.person import person
from hutch.storage import reserve_of, storage_of
from influx import pins, points
from influx.connect import connect
from influx.points import Point
from influx.schema import PIN
from influx.store import Store
from vision.connect import connect as connect_clips
from vision.inventory import Stopped
from vision.storage import State, Storage
from vision.value import Kept, Rank

app = typer.Typer(help="Clips: what is kept, what stays, and how much room they take.", no_args_is_help=True)
ConfigPath = Annotated[Path, typer.Option(help="Configuration file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Ids = Annotated[list[str], typer.Argument(metavar="EVENT...", help="Ids of events.")]

_WORDS = {
    None: "not settled",
    Rank.ORPHAN: "no event",
    Rank.NO_PET: "no pet",
    Rank.UNKNOWN: "unknown pet",
    Rank.KNOWN: "known pet",
    Rank.PINNED: "pinned",
}


@dataclass(frozen=True)
class _Open:
    settings: Config
    store: Store
    storage: Storage


@app.command("list")
def list_(
    camera: Annotated[str, typer.Option(help="Only those of this camera.")] = "",
    pinned: Annotated[bool, typer.Option("--pinned", help="Only pinned ones.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    as_json: AsJson = False,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """List clips and snapshots in the order in which they would go: the least valuable first."""
    with _opened(config) as home:
        home.storage.look(datetime.now(UTC))
        found = [
            one
            for one in sorted(home.storage.inventory.kept.values(), key=_order)
            if (not camera or one.camera == camera) and (not pinned or one.rank is Rank.PINNED)
        ]
    shown = found[:limit]
    if as_json:
        for one in shown:
            typer.echo(json.dumps(_told(one)))
        return
    table = Table("event", "worth", "clip", "snapshot")
    for one in shown:
        table.add_row(escape(one.event_id), _WORDS[one.rank], _size(one.clip), _size(one.snapshot))
    Console().print(table)
    if len(found) > len(shown):
        typer.echo(f"and {len(found) - len(shown)} more; --limit shows them")


@app.command("du")
def du(as_json: AsJson = False, config: ConfigPath = Path("hutch.toml")) -> None:
    """Say how much room clips take, by camera and by what they are worth."""
    with _opened(config) as home:
        home.storage.look(datetime.now(UTC))
        state = home.storage.state(home.settings.vision.clips.budget, 0, 0)
        kept, foreign = list(home.storage.inventory.kept.values()), home.storage.inventory.foreign
    groups = sorted({(one.camera, -1 if one.rank is None else one.rank) for one in kept})
    rows = [
        (camera, None if rank < 0 else Rank(rank), [one for one in kept if _group(one) == (camera, rank)])
        for camera, rank in groups
    ]
    if as_json:
        for camera, rank, group in rows:
            typer.echo(json.dumps({"camera": camera, "worth": _WORDS[rank], **_sums(group)}))
        typer.echo(json.dumps({"other": foreign, **_totals(state)}))
        return
    table = Table("camera", "worth", "events", "clips", "snapshots")
    for camera, rank, group in rows:
        sums = _sums(group)
        table.add_row(
            escape(camera), _WORDS[rank], str(sums["events"]), _size(sums["clips"]), _size(sums["snapshots"])
        )
    Console().print(table)
    typer.echo(_sentence(state, foreign))


@app.command("pin")
def pin(events: Ids, config: ConfigPath = Path("hutch.toml")) -> None:
    """Have the clips of EVENTS go last when room is needed, and only after a warning."""
    _pin(events, config, pinned=True)


@app.command("unpin")
def unpin(events: Ids, config: ConfigPath = Path("hutch.toml")) -> None:
    """Have the clips of EVENTS go as any other."""
    _pin(events, config, pinned=False)


@app.command("prune")
def prune(
    budget: Annotated[
        str | None, typer.Option(help="Most bytes that may be left, such as `10 GB`; else as configured.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    orphans: Annotated[
        bool, typer.Option("--orphans", help="Delete every clip a day old that no event tells of, too.")
    ] = False,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Do now what is done every few minutes: mend what does not agree, and make room where it is needed.

    The events stay, and say that their clip was deleted. Pinned clips are never touched for a --budget.
    """
    most = _bytes(budget)
    with _opened(config) as home, keeping_clips(home.settings.data_dir):
        now = datetime.now(UTC)
        if dry_run:
            home.storage.look(now)
            if orphans:
                raise UsageError("--orphans has no --dry-run; `hutch clips list` tells what has no event")
            going = home.storage.going(most)
            for piece in going.free:
                typer.echo(f"{piece.event_id}{piece.part.value}  {_WORDS[piece.rank]}  {_size(piece.size)}")
            freed = sum(piece.size for piece in going.free)
            typer.echo(f"would delete {len(going.free)} files and free {_size(freed)}")
            return
        if orphans:
            home.storage.delete_orphans(now)
        state = home.storage.round(now, sure=False)
        if most is not None:
            state = home.storage.make_room(now, budget=most)
    typer.echo(f"deleted {state.pruned} files; {_sentence(state, 0)}")
    if state.lacking:
        typer.echo(f"{_size(state.lacking)} more are wanted; the rest is pinned, or the database is in doubt")


@contextmanager
def _opened(path: Path) -> Iterator[_Open]:
    """The keeper of the clips of the home at ``path``, with a line that tells how far it is."""
    settings = load(path)
    reserve_of(settings).spend_when_full()
    stop = threading.Event()
    with ExitStack() as held:
        store = held.enter_context(closing(connect(settings.influx, settings.data_dir)))
        clips = held.enter_context(closing(connect_clips(settings.vision.clips, settings.data_dir)))
        bar = Progress(
            SpinnerColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
        )
        task = bar.add_task("looking")

        def report(what: str, count: int) -> None:
            shown = _size(count) if what == "bytes freed" else f"{count:,}"
            bar.update(task, description=f"{shown} {what.removeprefix('bytes ')}")

        was = signal.signal(signal.SIGINT, lambda *_: stop.set())
        held.callback(signal.signal, signal.SIGINT, was)
        try:
            with bar:
                yield _Open(settings, store, storage_of(settings, store, clips, stop, report, told=True))
        except Stopped:
            raise Interrupted from None
    if stop.is_set():
        raise Interrupted


def _pin(events: Sequence[str], config: Path, *, pinned: bool) -> None:
    with _opened(config) as home:
        found = [_event(home.storage, event_id) for event_id in events]
        lines = [points.line(pins.pin(event, pinned=pinned, person=person())) for event in found]
        home.store.write(PIN.name, lines)
    for event_id in events:
        typer.echo(f"{event_id} is {'pinned' if pinned else 'not pinned any more'}")


def _event(storage: Storage, event_id: str) -> Point:
    try:
        event = storage.event(event_id)
    except (ValueError, OverflowError):
        event = None
    if event is None:
        raise UsageError(f"there is no event {event_id!r:.80}; `hutch clips list` lists them")
    return event


def _bytes(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return int(TypeAdapter(ByteSize).validate_python(text))
    except ValidationError:
        raise UsageError(f"--budget {text!r} is no number of bytes; write one like `10 GB`") from None


def _order(one: Kept) -> tuple[int, int, str]:
    return Rank.KNOWN if one.rank is None else one.rank, one.start, one.event_id


def _group(one: Kept) -> tuple[str, int]:
    return one.camera, -1 if one.rank is None else one.rank


def _told(one: Kept) -> dict[str, Any]:
    return {
        "event_id": one.event_id,
        "worth": _WORDS[one.rank],
        "pinned": one.rank is Rank.PINNED,
        "clip": one.clip,
        "snapshot": one.snapshot,
    }


def _sums(group: Sequence[Kept]) -> dict[str, int]:
    return {
        "events": len(group),
        "clips": sum(one.clip for one in group),
        "snapshots": sum(one.snapshot for one in group),
    }


def _totals(state: State) -> dict[str, int | None]:
    free = None if state.space is None else state.space.free
    return {"used": state.used, "budget": state.budget, "free": free}


def _sentence(state: State, foreign: int) -> str:
    told = f"{_size(state.used)} are used"
    if foreign:
        told += f", {_size(foreign)} of them by other files"
    told += f"; clips may take {_size(state.budget)}" if state.budget is not None else "; nothing bounds them"
    return told + (f"; {_size(state.space.free)} are free" if state.space is not None else "")


def _size(count: int) -> str:
    return ByteSize(count).human_readable(decimal=True) if count else "–"
