"""``hutch spool``: what waits on this node, and what the database refused."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.table import Table

from collector.dead_letters import DeadLetter, Which
from collector.spool import Spool, SpoolStatus, open_spool, spool_path
from hutch.config import Config, load
from hutch.errors import HomeError, UsageError

app = typer.Typer(help="What waits on this node, and what the database refused.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", help="Configuration file.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object (dead: one a line).")]
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help="Numbers that `dead` shows.")]
OfMeasurement = Annotated[str | None, typer.Option("--measurement", help="Those of a measurement.")]
OfReason = Annotated[str | None, typer.Option("--reason", help="Those with these words in the reason.")]
All = Annotated[bool, typer.Option("--all", help="Every one.")]

_AGELESS = "(not for their age now: no time server keeps the clock)"


@app.command("status")
def status(config: ConfigFile = Path("hutch.toml"), as_json: AsJson = False) -> None:
    """Show what waits, for how long, and what became of the rest. Hutch may run meanwhile."""
    settings = load(config)
    with _spool(settings) as spool:
        now = spool.status()
    most = settings.collector.spool.max_bytes
    if as_json:
        typer.echo(json.dumps(asdict(now) | {"max_size": most}))
    else:
        _show(now, most)


@app.command("dead")
def dead(
    config: ConfigFile = Path("hutch.toml"),
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show lines that the database refused, newest first, each with the reason."""
    with _spool(load(config)) as spool:
        letters = spool.dead(limit)
    if as_json:
        for letter in letters:
            typer.echo(json.dumps(asdict(letter) | {"at": _moment(letter)}))
        return
    typer.echo("\n\n".join(map(_block, letters)) or "There are no dead letters.")


@app.command("retry")
def retry(
    ids: Ids = None,
    config: ConfigFile = Path("hutch.toml"),
    measurement: OfMeasurement = None,
    reason: OfReason = None,
    every: All = False,
) -> None:
    """Send refused lines again, for instance when the bucket keeps points for longer now."""
    which = _which(ids, measurement, reason, every)
    with _spool(load(config)) as spool:
        again = _some(spool.retry_dead(which), "there is no such dead letter that can be sent again")
    typer.echo(f"{again} {'line waits' if again == 1 else 'lines wait'} for the database again.")


@app.command("drop")
def drop(
    ids: Ids = None,
    config: ConfigFile = Path("hutch.toml"),
    measurement: OfMeasurement = None,
    reason: OfReason = None,
    every: All = False,
) -> None:
    """Delete refused lines for good; they go on counting as rejected."""
    which = _which(ids, measurement, reason, every)
    with _spool(load(config)) as spool:
        gone = _some(spool.drop_dead(which), "there is no such dead letter")
    typer.echo(f"{gone} {'line is' if gone == 1 else 'lines are'} deleted.")


@contextmanager
def _spool(config: Config) -> Iterator[Spool]:
    """The spool of this node, which must be there: looking must not make one."""
    path = spool_path(config.data_dir)
    if not path.exists():
        raise HomeError(f"{path} does not exist; `hutch run` makes it")
    with closing(open_spool(config.data_dir, config.collector.spool)) as spool:
        yield spool


def _which(ids: list[int] | None, measurement: str | None, reason: str | None, every: bool) -> Which:
    some = bool(ids or measurement or reason)
    if some == every:
        raise UsageError("say which: numbers, --measurement, --reason, or else --all")
    return Which(tuple(ids or ()), measurement, reason)


def _some(count: int, otherwise: str) -> int:
    if not count:
        raise UsageError(f"{otherwise}; `hutch spool dead` shows those there are")
    return count


def _block(letter: DeadLetter) -> str:
    head = f"{letter.id}  {_moment(letter)}  {letter.measurement}"
    return f"{head}\n  {_plain(letter.reason)}\n  {_plain(letter.line)}"


def _plain(text: str) -> str:
    """``text`` whole, but nothing in it that a terminal would obey."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def _show(now: SpoolStatus, most: int) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column()
    for number, what in (
        (f"{now.depth:,}", "points wait for the database"),
        (f"{now.oldest_age:,.0f} s", "the oldest has waited"),
        (f"{now.undated:,}", "wait for the clock to be right"),
        (f"{now.accepted:,}", "accepted"),
        (f"{now.rejected:,}", "rejected"),
        (f"{now.dropped:,}", "dropped for want of room or for their age"),
        *(() if now.ages else (("", _AGELESS),)),
        (f"{now.dead:,}", "dead letters (`hutch spool dead`)"),
        (f"{now.healed:,}", "times the file was healed"),
    ):
        table.add_row(number, what)
    part = now.size / most
    table.add_row(f"{part:.0%}", f"of {most / 2**20:,.0f} MiB used")
    table.add_row("", ProgressBar(total=1.0, completed=min(1.0, part), width=40))
    Console().print(table)


def _moment(letter: DeadLetter) -> str:
    return datetime.fromtimestamp(letter.at, UTC).isoformat(timespec="seconds")
