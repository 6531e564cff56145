"""``hutch check-config``: say what is wrong with a configuration, or what it will do."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from hutch.config import Config, load
from hutch.kinds import check_kinds


def check_config(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Configuration file.")] = Path("hutch.toml"),
) -> None:
    """Check FILE: every mistake is named by file, section and key (exit code 2)."""
    config = load(path)
    check_kinds(config, str(path))
    Console().print(_summary(config))
    typer.echo(f"{path} is good")


def _summary(config: Config) -> Table:
    table = Table("what", "value", title=f"node {config.node}", title_justify="left")
    table.add_row("points", config.influx.url or f"SQLite in {config.data_dir}")
    clips = config.vision.clips
    table.add_row(
        "clips", f"{clips.endpoint}/{clips.bucket}" if clips.store == "s3" else f"{config.data_dir}/clips"
    )
    for location in config.locations:
        safe = f"{location.temperature_low}–{location.temperature_high} °C"
        table.add_row("location", f"{location.name} (safe: {safe})")
    for sensor in config.collector.sensors:
        table.add_row("sensor", f"{sensor.name}: {sensor.kind} at {sensor.location or '–'}")
    for camera in config.vision.cameras:
        table.add_row("camera", f"{camera.name}: {camera.kind} at {camera.location}")
    table.add_row("pages", f"http://{config.api.host}:{config.api.port}")
    return table
