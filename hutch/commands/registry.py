"""``hutch registry``: what is expected to be heard of, and what no longer is."""

import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from collector.silence import patience_of
from hutch.config import Config, load
from hutch.errors import UsageError
from influx import points
from influx.connect import Role, connect
from influx.registry import Entry, Kind, Thing, entries, retirement, told
from influx.schema import REGISTRY
from influx.store import Store

app = typer.Typer(help="What is expected to be heard of, and when it was.", no_args_is_help=True)
ConfigPath = Annotated[Path, typer.Option(help="Configuration file.")]
_STYLES = {"ok": "green", "silent": "red", "never": "red", "retired": "dim"}


@app.command("list")
def list_(
    config: ConfigPath = Path("hutch.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List every node, sensor, camera and pet that is expected, and when it was last heard of."""
    settings, now = load(config), datetime.now(UTC)
    with closing(connect(settings.influx, settings.data_dir, Role.READER)) as store:
        found = _entries(settings, store, now)
    if as_json:
        for entry in found:
            typer.echo(json.dumps(told(entry)))
    else:
        Console().print(_table(found))


@app.command("retire")
def retire(
    kind: Annotated[Kind, typer.Argument(help="What it is.")],
    name: Annotated[str, typer.Argument(help="Its name.")],
    node: Annotated[
        str | None, typer.Option(help="Its machine, where several have one of that name.")
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Expect it again.")] = False,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """No longer expect KIND NAME: its silence is no alarm any more."""
    settings, now = load(config), datetime.now(UTC)
    with closing(connect(settings.influx, settings.data_dir)) as store:
        thing = _named(_entries(settings, store, now), kind, name, node)
        store.write(REGISTRY.name, [points.line(retirement(thing, now, retired=not undo))])
    of = "" if kind is Kind.NODE else f" of {thing.node}"
    typer.echo(f"{kind} {name}{of} is {'expected again' if undo else 'no longer expected'}")


def _entries(settings: Config, store: Store, now: datetime) -> list[Entry]:
    sensors = settings.collector.timed_sensors
    retention = settings.influx.retention
    return entries(store, retention, now, lambda thing: patience_of(thing, settings.node, sensors))


def _named(found: Sequence[Entry], kind: Kind, name: str, node: str | None) -> Thing:
    things = [
        entry.thing
        for entry in found
        if entry.thing.kind is kind and entry.thing.name == name and node in (None, entry.thing.node)
    ]
    if not things:
        where = f" of {node}" if node else ""
        raise UsageError(f"no {kind} {name}{where} is registered; `hutch registry list` lists what is")
    if len(things) > 1:
        nodes = ", ".join(thing.node for thing in things)
        raise UsageError(f"{nodes} each have a {kind} {name}; name one with --node")
    return things[0]


def _table(found: Sequence[Entry]) -> Table:
    # It brings the whole API along, which only this table pays for.
    from api.pages import words

    table = Table("kind", "name", "node", "since", "last heard", "age", "state")
    for entry in found:
        table.add_row(
            entry.thing.kind,
            escape(entry.thing.name),
            escape(entry.thing.node),
            _second(entry.since),
            "–" if entry.heard is None else _second(entry.heard),
            "–" if entry.age is None else words.length(entry.age.total_seconds()),
            f"[{_STYLES[entry.state]}]{entry.state}[/]",
        )
    return table


def _second(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}Z"
