"""The ``hutch`` command."""

import os
import sys

import typer

from collector.spool import SpoolError
from hutch.commands import apply, archive, backfill, check_config, registry, run, spool, token, watch
from hutch.config import ConfigError
from hutch.errors import EXIT_CONFIG, EXIT_IO, UsageError
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
app.command("run")(run.run)
app.command("watch")(watch.watch)
app.command("check-config")(check_config.check_config)
app.command("export")(archive.export)
app.command("import")(archive.bring_in)
app.add_typer(registry.app, name="registry")
influx = typer.Typer(help="Set up InfluxDB.", no_args_is_help=True)
influx.command("apply")(apply.apply)
influx.command("backfill")(backfill.backfill)
influx.add_typer(token.app, name="token")
app.add_typer(influx, name="influx")
app.add_typer(spool.app, name="spool")


def main() -> None:
    """Run ``hutch``; a known error becomes one sentence on stderr and an exit code (2 usage, 3 I/O)."""
    os.umask(PRIVATE)
    try:
        app()
    except (ConfigError, UsageError, TokenMissing) as error:
        sys.stderr.write(f"hutch: {error}\n")
        sys.exit(EXIT_CONFIG)
    except (StoreError, SpoolError, ClipsError, OSError) as error:
        sys.stderr.write(f"hutch: {error}\n")
        sys.exit(EXIT_IO)


if __name__ == "__main__":
    main()
