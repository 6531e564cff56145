"""``hutch grafana annotations``: put every clip on the graphs, as a running Hutch does by itself."""

import os
from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn

from hutch.config import Config, load
from hutch.errors import Interrupted, UsageError
from hutch.progress import bar as progress_bar
from influx.buckets import AHEAD
from influx.connect import Role, connect


def annotations(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Remove those of Hutch first, and make every one anew.")
    ] = False,
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
) -> None:
    """Compare the clips on Grafana's graphs with the events that have one, and bring them in order."""
    settings = load(config)
    if not settings.grafana.url:
        raise UsageError(f"{config} names no Grafana: set [grafana] url")
    try:
        made = _make(settings, rebuild=rebuild)
    except KeyboardInterrupt:
        raise Interrupted from None
    typer.echo(", ".join(f"{made[deed]} {deed}" for deed in ("added", "changed", "removed")))


def _make(settings: Config, *, rebuild: bool) -> Counter[str]:
    """How many were added, changed and removed."""
    # Every other command starts without them.
    from hutch.grafana.keeping import reconciler_of
    from hutch.grafana.reconcile import Made, steps

    made: Made = Made()
    with closing(connect(settings.influx, settings.data_dir, Role.READER)) as store:
        reconciler = reconciler_of(settings, store, os.environ)
        parts = list(steps(store, datetime.now(UTC) + AHEAD))
        with progress_bar(Console(stderr=True), MofNCompleteColumn()) as bar:
            task = bar.add_task("clips on the graphs, 200 at a time", total=len(parts))
            for part in parts:
                made += reconciler.reconcile(part, anew=rebuild)
                bar.advance(task)
    return made
