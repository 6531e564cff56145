"""``hutch influx backfill``: make rollups anew by hand."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from hutch.config import Config, load
from hutch.errors import UsageError
from hutch.home import making_rollups
from influx import local_time
from influx.connect import connect
from influx.coverage import covered, stretches
from influx.schema import ROLLED
from influx.windows import Horizon, Window, WindowError

_NAMES = tuple(spec.name for spec in ROLLED)
_INTERRUPTED = 130
"""What a shell calls the end of a command by Ctrl-C."""


def backfill(
    start: Annotated[
        str, typer.Option(help="Date or time, such as 2026-05-28 or 2026-05-28T14:00 (at home).")
    ],
    stop: Annotated[str, typer.Option(help="Likewise; not part of it.")],
    measurement: Annotated[
        list[str] | None, typer.Option(help="Only this measurement; may be repeated.")
    ] = None,
    config: Annotated[Path, typer.Option(help="Configuration file.")] = Path("hutch.toml"),
) -> None:
    """Make 15-minute and daily rollups anew from raw points, as far back as those are kept."""
    settings = load(config)
    window = _window(start, stop, ZoneInfo(settings.timezone))
    console = Console(stderr=True)
    work = [
        (name, stretch)
        for name, whole in _whole(measurement or _NAMES, window, settings, console)
        for stretch in stretches(whole, ZoneInfo(settings.timezone))
    ]
    try:
        _make(work, settings, console)
    except KeyboardInterrupt:
        console.print("stopped; what is done stays, and doing it again is harmless")
        raise typer.Exit(_INTERRUPTED) from None
    console.print(f"made anew: the rollups of {len({name for name, _ in work})} measurements")


def _make(work: list[tuple[str, Window]], settings: Config, console: Console) -> None:
    with closing(connect(settings.influx, settings.data_dir)) as store, _bar(console) as bar:
        task = bar.add_task("", total=len(work))
        for name, stretch in work:
            bar.update(task, description=f"{name} {stretch.start:%Y-%m-%d}")
            # What was kept when this began may be gone by now.
            if kept := covered(name, stretch, _horizon(settings)):
                # Held for one stretch only: upkeep has its turn in between.
                with making_rollups(settings.data_dir):
                    store.roll_up(name, kept, ZoneInfo(settings.timezone))
            bar.advance(task)


def _whole(
    names: list[str] | tuple[str, ...], window: Window, settings: Config, console: Console
) -> Iterator[tuple[str, Window]]:
    """What of ``window`` can be made anew of each measurement; says where that is not all."""
    for name in names:
        if name not in _NAMES:
            raise UsageError(f"there are no rollups of {name!r}; there are of {', '.join(_NAMES)}")
        found = covered(name, window, _horizon(settings))
        if found is None:
            console.print(f"{name}: left as it is, raw points are not kept for any of that time")
            continue
        if found != local_time.quarters(window):
            console.print(
                f"{name}: only {found.start:%Y-%m-%d %H:%M} to {found.stop:%Y-%m-%d %H:%M} UTC can be"
            )
        yield name, found


def _horizon(settings: Config) -> Horizon:
    return Horizon(datetime.now(UTC), settings.influx.retention, ZoneInfo(settings.timezone))


def _window(start: str, stop: str, zone: ZoneInfo) -> Window:
    try:
        return Window(_moment("start", start, zone), _moment("stop", stop, zone))
    except WindowError as error:
        raise UsageError(str(error)) from None


def _moment(option: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--{option} {text!r} is no time; write it like 2026-05-28 or 2026-05-28T14:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )
