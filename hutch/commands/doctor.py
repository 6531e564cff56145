"""``hutch doctor``: one look over this machine, in sentences."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from collector.clock import SystemClock
from hutch.config import load
from hutch.doctor import BAD, GOOD, LOOK, examine
from hutch.errors import EXIT_IO
from hutch.kinds import check_kinds
from vision.board import this_board

_STYLES = {GOOD: "green", LOOK: "yellow", BAD: "red"}


def doctor(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    tries: Annotated[
        bool, typer.Option("--try", help="Open each camera for a few seconds; keeps no picture.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Say what this machine has, lacks and needs: board, encoder, clock, disk, model, cameras (exit code 3
    where something does not work).
    """
    settings = load(config)
    check_kinds(settings, str(config))
    console, bad = Console(soft_wrap=True), False
    for finding in examine(settings, board=this_board(), clock=SystemClock(), tries=tries):
        bad |= finding.state == BAD
        if as_json:
            typer.echo(json.dumps(finding.row()))
            continue
        style = _STYLES[finding.state]
        console.print(
            f"[{style}]{finding.state:4}[/] [bold]{escape(finding.subject)}[/]: {escape(finding.sentence)}",
            highlight=False,
        )
        if finding.advice:
            console.print(f"     {escape(finding.advice)}", highlight=False)
    if bad:
        raise typer.Exit(EXIT_IO)
