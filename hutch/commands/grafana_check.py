"""``hutch grafana check``: why a dashboard is empty."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from hutch.config import Config, load
from hutch.errors import UsageError

_MARKS = {True: "✓", False: "✗", None: "–"}


def check(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Look whether Grafana can show what Hutch knows, and say what to do where it cannot (exit code 1)."""
    # The dashboards and Grafana's client are loaded by who needs them.
    from hutch.grafana.check import Finding, findings
    from hutch.grafana.client import connect
    from hutch.grafana.home import home_of
    from hutch.grafana.server import Server

    settings = load(config)
    require_grafana(settings, config)
    server = Server(settings.grafana, connect(settings.grafana, os.environ))

    def show(finding: Finding) -> None:
        line = f"{_MARKS[finding.ok]} {finding.what}: {finding.said}"
        advice = f"; {finding.remedy}" if finding.remedy else ""
        typer.echo(json.dumps(asdict(finding)) if as_json else line + advice)

    wrong = False
    for finding in findings(settings, home_of(settings), server):
        show(finding)
        wrong |= finding.ok is False
    if wrong:
        raise typer.Exit(1)


def require_grafana(settings: Config, path: Path) -> None:
    """Raise ``UsageError`` where ``settings``, of the file ``path``, name no Grafana or no InfluxDB."""
    if not settings.grafana.url:
        raise UsageError(f"{path}: [grafana] url is empty; write it like http://127.0.0.1:3000")
    if not settings.influx.url:
        raise UsageError(
            f"{path}: [influx] url is empty: points are in SQLite, and Grafana shows those of InfluxDB alone"
        )
