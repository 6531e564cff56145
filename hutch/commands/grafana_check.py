"""``hutch grafana check``: why a dashboard is empty."""

import json
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from hutch.config import Config, load
from hutch.errors import UsageError
from influx.connect import Role, TokenMissing
from influx.connect import connect as open_store
from influx.store import Store

_MARKS = {True: "✓", False: "✗", None: "–"}


def check(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Look whether Grafana can show what Hutch knows, and say what to do where it cannot (exit code 1)."""
    # The dashboards and Grafana's client are loaded by who needs them.
    from hutch.grafana.check import findings
    from hutch.grafana.client import connect
    from hutch.grafana.finding import Finding
    from hutch.grafana.home import home_of
    from hutch.grafana.keeping import reconciler_of
    from hutch.grafana.server import Server

    settings = load(config)
    require_grafana(settings, config)
    server = Server(settings.grafana, connect(settings.grafana, os.environ))
    now = datetime.now(UTC)

    def show(finding: Finding) -> None:
        line = f"{_MARKS[finding.ok]} {finding.what}: {finding.said}"
        advice = f"; {finding.remedy}" if finding.remedy else ""
        typer.echo(json.dumps(asdict(finding)) if as_json else line + advice)

    wrong = False
    with _store(settings) as store:
        reconciler = None if store is None else reconciler_of(settings, store, os.environ)
        for finding in findings(settings, home_of(settings), server, store, reconciler, now):
            show(finding)
            wrong |= finding.ok is False
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _store(settings: Config) -> Iterator[Store | None]:
    """What Hutch reads itself; None where this machine has no token that reads."""
    try:
        store = open_store(settings.influx, settings.data_dir, Role.READER)
    except TokenMissing:
        yield None
        return
    with closing(store):
        yield store


def require_grafana(settings: Config, path: Path) -> None:
    """Raise ``UsageError`` where ``settings``, of the file ``path``, name no Grafana or no InfluxDB."""
    if not settings.grafana.url:
        raise UsageError(f"{path}: [grafana] url is empty; write it like http://127.0.0.1:3000")
    if not settings.influx.url:
        raise UsageError(
            f"{path}: [influx] url is empty: points are in SQLite, and Grafana shows those of InfluxDB alone"
        )
