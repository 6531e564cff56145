"""``hutch export`` and ``hutch import``: points into a folder of files, and from there into a store."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import TaskProgressColumn

from hutch.config import Config, load
from hutch.errors import Interrupted, UsageError
from hutch.home import make_folder
from hutch.moments import typed_window
from hutch.progress import bar as progress_bar
from influx.archive import manifest
from influx.archive.chosen import chosen, foreign_days
from influx.archive.exporting import export_points, interrupted
from influx.archive.formats import FORMATS
from influx.archive.importing import import_points
from influx.archive.manifest import Manifest, Report, Request
from influx.archive.trouble import ArchiveError
from influx.connect import Role, connect
from influx.schema import MEASUREMENTS, REGISTRY
from influx.windows import Window, WindowError

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder of the export.")]
ConfigPath = Annotated[Path, typer.Option(help="Configuration file.")]
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def export(
    folder: Folder,
    start: Annotated[str | None, typer.Option(help="First day or moment; all there is if left out.")] = None,
    stop: Annotated[str | None, typer.Option(help="Where it ends; now if left out.")] = None,
    format_name: Annotated[
        str | None, typer.Option("--format", help=f"{', '.join(FORMATS)}; lp if left out.")
    ] = None,
    measurement: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Write points into FOLDER, a file a measurement and UTC day.

    Run it again to go on after an interruption.
    """
    settings = load(config)
    reading = connect(settings.influx, settings.data_dir, Role.READER)
    with _sentences(), closing(reading) as store, _bar() as report:
        request = _request(settings, interrupted(folder), start, stop, format_name, measurement)
        made = export_points(store, folder, request, report=report)
    typer.echo(f"{_many(made.points, 'point')} in {_many(len(made.files), 'file')} are in {folder}")


def _request(
    settings: Config,
    begun: Request | None,
    start: str | None,
    stop: str | None,
    format_name: str | None,
    measurements: list[str] | None,
) -> Request:
    """What is asked for; what is not said is as in the interrupted export, where there is one."""
    zone = ZoneInfo(settings.timezone)
    usual = begun or Request("lp", Window(_BEGINNING, datetime.now(UTC)), tuple(MEASUREMENTS))
    window = typed_window(start, stop, zone, usual.window)
    names = tuple(dict.fromkeys(measurements)) if measurements else usual.measurements
    return Request(format_name or usual.format, window, names, settings.timezone)


def bring_in(
    folder: Folder,
    measurement: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    config: ConfigPath = Path("hutch.toml"),
) -> None:
    """Write the points of the export in FOLDER into the store; points that are there are overwritten.

    Run it again to go on after an interruption.
    """
    settings = load(config)
    make_folder(settings.data_dir)
    with _sentences(), closing(connect(settings.influx, settings.data_dir)) as store, _bar() as report:
        result = import_points(
            store,
            folder,
            # Of its own, which no node has: its reports take the place of no other's.
            node=f"{settings.node}.import",
            retention=settings.influx.retention,
            now=time.time,
            done=settings.data_dir / f"import-{_mark(settings, folder)}.part",
            measurements=measurement or (),
            zone=settings.timezone,
            report=report,
        )
        came = manifest.load(folder)
    typer.echo(f"{_many(result.points, 'point')} are stored")
    for sentence in _beware(came, measurement or [], settings.timezone):
        typer.echo(sentence, err=True)
    if result.refused:
        typer.echo(f"{_many(result.refused, 'point')} were refused; the first: {result.reason}", err=True)
    for sentence in result.damaged:
        typer.echo(f"not brought in whole: {sentence}", err=True)
    if result.damaged:
        raise typer.Exit(1)


def _beware(archive: Manifest, measurements: list[str], zone: str) -> Iterator[str]:
    """What whoever brings in another home's archive should know."""
    foreign = foreign_days(archive, zone)
    if foreign.intersection(measurements or foreign):
        yield (
            f"daily rollups were left out: their days are those of {archive.request.zone}, not of {zone}; "
            "they are made anew where the readings themselves are kept"
        )
    if any(file.measurement == REGISTRY.name for file in chosen(archive, measurements, zone).files):
        yield (
            "the registry came along: hutch registry list shows what it expects, "
            "and hutch registry retire takes away what is not of this home"
        )


def _mark(settings: Config, folder: Path) -> str:
    """Names this import: from this folder into this store."""
    store = settings.influx
    parts = (str(folder.resolve()), store.url, store.org, store.bucket_prefix)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


@contextmanager
def _sentences() -> Iterator[None]:
    """What is wrong with the folder or what was asked, as a mistake of who asked."""
    try:
        yield
    except (ArchiveError, WindowError) as error:
        raise UsageError(str(error)) from None
    except KeyboardInterrupt:
        raise Interrupted from None


@contextmanager
def _bar() -> Iterator[Report]:
    """A bar on stderr; what is given tells it how far the work is."""
    with progress_bar(Console(stderr=True), TaskProgressColumn()) as bar:
        task = bar.add_task("", total=1.0)

        def report(progress: manifest.Progress) -> None:
            words = f"{progress.what}, {_many(progress.points, 'point')}"
            bar.update(task, completed=progress.part, description=words)

        yield report
