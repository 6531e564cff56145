"""``hutch influx apply``: make the buckets on InfluxDB."""

from pathlib import Path
from typing import Annotated

import typer

from hutch.config import load
from hutch.errors import UsageError


def apply(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 on a difference.")] = False,
    shrink: Annotated[bool, typer.Option("--shrink", help="Allow a retention to become shorter.")] = False,
) -> None:
    """Make InfluxDB's buckets with their retention as the configuration says; repeating it is harmless."""
    # InfluxDB's client costs 40 MB, which only this command pays.
    from influx.apply import apply as apply_buckets

    settings = load(config).influx
    try:
        differences = apply_buckets(settings, check=check, shrink=shrink)
    except ValueError as error:
        raise UsageError(f"{config}: {error}") from None
    for difference in differences:
        typer.echo(difference)
    if not differences:
        typer.echo(f"the buckets on {settings.url} are as configured")
    if not all(difference.mended for difference in differences):
        raise typer.Exit(1)
