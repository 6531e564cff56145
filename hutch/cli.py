"""Every command of ``hutch``, and what becomes of an error that is known."""

import os
import sys
from importlib.metadata import version
from typing import Annotated

import typer

from collector.spool import SpoolError
from hutch.commands import (
    alerts,
    apply,
    archive,
    backfill,
    check_config,
    clips,
    device,
    doctor,
    grafana,
    init,
    models,
    people,
    pets,
    registry,
    run,
    setup,
    spool,
    token,
    user,
    watch,
)
from hutch.config import ConfigError
from hutch.errors import EXIT_CONFIG, EXIT_INTERRUPTED, EXIT_IO, Interrupted, UsageError
from hutch.grafana.client import GrafanaError
from hutch.worker import PRIVATE
from influx.connect import TokenMissing
from influx.store import StoreError
from vision.clips import ClipsError

app = typer.Typer(
    name="hutch",
    help="Watches over small lives at home: climate, camera, clips and alerts.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("init")(init.init)
app.command("run")(run.run)
app.command("watch")(watch.watch)
app.command("check-config")(check_config.check_config)
app.command("doctor")(doctor.doctor)
app.command("setup")(setup.setup)
app.command("export")(archive.export)
app.command("import")(archive.bring_in)
app.add_typer(clips.app, name="clips")
app.add_typer(models.app, name="models")
app.add_typer(pets.app, name="pets")
app.add_typer(people.app, name="people")
app.add_typer(user.app, name="user")
app.add_typer(device.app, name="device")
app.add_typer(registry.app, name="registry")
app.add_typer(alerts.app, name="alerts")
influx = typer.Typer(help="Set up InfluxDB.", no_args_is_help=True)
influx.command("apply")(apply.apply)
influx.command("backfill")(backfill.backfill)
influx.add_typer(token.app, name="token")
app.add_typer(influx, name="influx")
app.add_typer(grafana.app, name="grafana")
app.add_typer(spool.app, name="spool")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hutch {version('hutch-monitor')}")
        raise typer.Exit


@app.callback()
def _options(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


def run_command() -> None:
    """Run the command that was typed; a known error becomes one sentence on stderr and an exit code (2 usage,
    3 I/O, 130 interrupted).
    """
    os.umask(PRIVATE)
    try:
        app()
    except (ConfigError, UsageError, TokenMissing) as error:
        _end(error, EXIT_CONFIG)
    except (StoreError, SpoolError, ClipsError, GrafanaError, OSError) as error:
        _end(_sentence(error), EXIT_IO)
    except Interrupted as error:
        _end(error, EXIT_INTERRUPTED)


def _sentence(error: Exception) -> Exception | str:
    """Python tells of a file by numbers and quotes; ours that are made of a sentence name no file."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{error.filename} cannot be used ({error.strerror.lower()})"
    return error


def _end(error: Exception | str, code: int) -> None:
    sys.stderr.write(f"hutch: {error}\n")
    sys.exit(code)
