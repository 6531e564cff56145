"""``hutch influx apply``: bring InfluxDB in order."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from hutch.config import load
from hutch.errors import UsageError
from influx.connect import Role


def apply(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 on a difference.")] = False,
    shrink: Annotated[bool, typer.Option("--shrink", help="Allow a retention to become shorter.")] = False,
) -> None:
    """Set InfluxDB up where nobody has, and make its buckets, tokens and tasks as the configuration says.

    Repeating it is harmless.
    """
    # InfluxDB's client costs 40 MB, which only this command pays.
    from influx.apply import apply as bring_in_order

    settings = load(config)
    zone = ZoneInfo(settings.timezone)
    try:
        differences = bring_in_order(settings.influx, zone=zone, check=check, shrink=shrink)
    except ValueError as error:
        raise UsageError(f"{config}: {error}") from None
    for difference in differences:
        typer.echo(difference)
    if not differences:
        typer.echo(f"the InfluxDB at {settings.influx.url} is as configured")
    operator = settings.influx.token_dir / Role.OPERATOR
    if not operator.exists() and not check:
        typer.echo(f"one token serves every role; with an operator's in {operator} this makes one for each")
    if not all(difference.mended for difference in differences):
        raise typer.Exit(1)
