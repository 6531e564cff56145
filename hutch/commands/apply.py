"""``hutch apply``: make the buckets on a fresh InfluxDB."""

from pathlib import Path
from typing import Annotated

import typer


def apply(
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; exit 1 on a difference.")] = False,
    shrink: Annotated[bool, typer.Option("--shrink", help="Allow a retention to become shorter.")] = False,
) -> None:
    """Make InfluxDB's buckets with their retention as the configuration says; repeating it is harmless."""
