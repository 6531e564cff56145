"""``hutch influx backfill``: make rollups anew by hand."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn

from hutch.config import Config, load
from hutch.errors import Interrupted, UsageError
from hutch.home import making_rollups
from hutch.moments import typed_window
from hutch.progress import bar as progress_bar
from influx import local_time
from influx.connect import Role, connect
from influx.coverage import covered, stretches
from influx.schema import ROLLUPS
from influx.store import RowQuery
from influx.windows import Horizon, Window


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
    zone = ZoneInfo(settings.timezone)
    window = typed_window(start, stop, zone)
    console = Console(stderr=True)
    whole = list(_whole(measurement or tuple(ROLLUPS), window, settings))
    for sentence in _limits(whole, window, zone):
        console.print(sentence, highlight=False, soft_wrap=True)
    work = [
        (name, stretch) for name, found in whole if found is not None for stretch in stretches(found, zone)
    ]
    try:
        made = _make(work, settings, console)
    except KeyboardInterrupt:
        raise Interrupted from None
    console.print(f"made anew: the rollups of {made} measurement{'' if made == 1 else 's'}", highlight=False)


def _make(work: list[tuple[str, Window]], settings: Config, console: Console) -> int:
    """Roll ``work`` up; says of how many measurements there was anything to roll up."""
    zone, there = ZoneInfo(settings.timezone), set()
    store = connect(settings.influx, settings.data_dir, Role.TASKS)
    with closing(store), progress_bar(console, MofNCompleteColumn()) as bar:
        task = bar.add_task("", total=len(work))
        for name, stretch in work:
            bar.update(task, description=f"{name} {stretch.start.astimezone(zone):%Y-%m-%d}")
            # What was kept when this began may be gone by now.
            if kept := covered(name, stretch, _horizon(settings)):
                # Held for one stretch only: upkeep has its turn in between.
                with making_rollups(settings.data_dir):
                    store.roll_up(name, kept, zone)
                if name not in there and store.rows(RowQuery(name, kept, limit=1)).points:
                    there.add(name)
            bar.advance(task)
    return len(there)


def _whole(names: Sequence[str], window: Window, settings: Config) -> Iterator[tuple[str, Window | None]]:
    """What of ``window`` can be made anew of each measurement."""
    for name in dict.fromkeys(names):
        if name not in ROLLUPS:
            raise UsageError(f"there are no rollups of {name!r}; there are of {', '.join(ROLLUPS)}")
        yield name, covered(name, window, _horizon(settings))


def _limits(whole: Iterable[tuple[str, Window | None]], window: Window, zone: ZoneInfo) -> Iterator[str]:
    """A sentence for all of which the same part of ``window`` can be made anew, where that is not all."""
    alike: dict[Window | None, list[str]] = {}
    for name, found in whole:
        alike.setdefault(found, []).append(name)
    asked = local_time.quarters(window)
    for found, names in alike.items():
        if found is None:
            yield f"{', '.join(names)}: left as it is, raw points are not kept for any of that time"
        elif found != asked:
            start, stop = (f"{at.astimezone(zone):%Y-%m-%d %H:%M}" for at in (found.start, found.stop))
            reasons = []
            if found.start > asked.start:
                reasons.append(f"raw points are kept since {start}")
            if found.stop < asked.stop:
                reasons.append("what comes after has not passed yet")
            yield f"{', '.join(names)}: only {start} to {stop} can be made anew; {', and '.join(reasons)}"


def _horizon(settings: Config) -> Horizon:
    return Horizon(datetime.now(UTC), settings.influx.retention, ZoneInfo(settings.timezone))
