"""From a store into an archive: each file whole or not there, and after an interruption on from there."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from influx.archive import manifest
from influx.archive.formats import FORMATS, Add
from influx.archive.manifest import File, Manifest, Progress, Report, Request, quietly
from influx.archive.trouble import ArchiveError
from influx.disk import sync_file, sync_folder
from influx.points import to_ns
from influx.schema import MEASUREMENTS
from influx.store import Store
from influx.windows import Window

_DAY = timedelta(days=1)
_DAY_NS = 86_400 * 1_000_000_000


def interrupted(folder: Path) -> Request | None:
    """What the interrupted export in ``folder`` was asked for; None where there is none."""
    part = manifest.load_part(folder)
    return part.request if part else None


def export_points(store: Store, folder: Path, request: Request, *, report: Report = quietly) -> Manifest:
    """Write what ``request`` asks of ``store`` into ``folder``, made where it is missing.

    Where an export of the same request was interrupted there, it goes on behind its last whole file; where
    one is whole nothing is done. Raises ``ArchiveError`` for a folder that holds anything else and for a
    request that cannot be, and what the store raises.
    """
    _check(request)
    if (folder / manifest.WHOLE).exists():
        whole = manifest.load(folder)
        if whole.request != request:
            stop = f"{whole.request.window.stop:%Y-%m-%dT%H:%M:%SZ}"
            raise ArchiveError(f"{folder} already holds another export, up to {stop}; give another folder")
        return whole
    done = manifest.load_part(folder)
    if done is None:
        if folder.exists() and any(manifest.PART not in path.name for path in folder.iterdir()):
            raise ArchiveError(f"{folder} is not empty; give a folder of its own")
        done = Manifest(request, ())
    elif done.request != request:
        raise ArchiveError(f"{folder} holds an interrupted export of something else; give another folder")
    manifest.begin(folder, done)
    files, points = list(done.files), done.points
    for number, name in enumerate(request.measurements):
        for file, part in _export(store, folder, request, name, files):
            points += file.points
            files.append(file)
            report(Progress((number + part) / len(request.measurements), points, f"{name} {file.day}"))
        report(Progress((number + 1) / len(request.measurements), points, name))
    whole = Manifest(request, tuple(files))
    manifest.save(folder, whole)
    return whole


def _check(request: Request) -> None:
    if request.format not in FORMATS:
        raise ArchiveError(f"there is no format {request.format!r}; there are {', '.join(FORMATS)}")
    for name in request.measurements:
        if name not in MEASUREMENTS:
            raise ArchiveError(f"there is no measurement {name!r}; there are {', '.join(MEASUREMENTS)}")


def _export(
    store: Store, folder: Path, request: Request, name: str, done: Sequence[File]
) -> Iterator[tuple[File, float]]:
    """Each file of one measurement, when it is whole, and the part of the measurement that is done then."""
    window = _left(request.window, [file.day for file in done if file.measurement == name])
    if window is None:
        return
    (folder / name).mkdir(exist_ok=True)
    first: int | None = None
    for day, chunks in groupby(_by_day(store.lines(name, window)), key=lambda found: found[0]):
        first = day if first is None else first
        file = _write_day(folder, request.format, name, day, (lines for _, lines in chunks))
        manifest.note(folder, file)
        yield file, (day + 1 - first) / max(1, -(-to_ns(window.stop) // _DAY_NS) - first)
    if first is None and not any((folder / name).iterdir()):
        (folder / name).rmdir()


def _left(window: Window, days: Sequence[str]) -> Window | None:
    """What of ``window`` lies behind the ``days`` that are done; None where nothing does."""
    if not days:
        return window
    start = datetime.fromisoformat(f"{max(days)}T00:00:00Z") + _DAY
    return Window(start, window.stop) if start < window.stop else None


def _by_day(chunks: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The lines again in their order, each list of one UTC day, which is told in days since 1970."""
    for lines in chunks:
        for day, of_day in groupby(lines, key=lambda line: int(line[line.rindex(" ") + 1 :]) // _DAY_NS):
            yield day, list(of_day)


def _write_day(folder: Path, format_name: str, name: str, day: int, chunks: Iterator[list[str]]) -> File:
    form, date = FORMATS[format_name], datetime.fromordinal(_EPOCH + day).date()
    path = folder / name / f"{date.isoformat()}{form.suffix}"
    fresh = path.with_name(f".{path.name}.new")
    points = 0
    with ExitStack() as held:
        add: Add = held.enter_context(form.write(fresh, MEASUREMENTS[name]))
        for lines in chunks:
            add(lines)
            points += len(lines)
    sync_file(fresh)
    file = File(f"{name}/{path.name}", points, manifest.checksum(fresh))
    fresh.replace(path)
    sync_folder(path.parent)
    return file


_EPOCH = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 -- a number of days
