"""From a store into an archive: each file whole or not there, and after an interruption on from there."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from influx.archive import manifest
from influx.archive.formats import FORMATS, Add
from influx.archive.manifest import File, Manifest, Progress, Report, Request, quietly
from influx.archive.trouble import ArchiveError
from influx.disk import sync_file, sync_folder
from influx.points import length_ns, to_ns
from influx.schema import MEASUREMENTS
from influx.steps import DAY
from influx.store import Store
from influx.windows import Window

_DAY_NS = length_ns(DAY)


def interrupted(folder: Path) -> Request | None:
    """What the interrupted export in ``folder`` was asked for; None where there is none."""
    part = manifest.load_part(folder)
    return part.request if part else None


def export_points(store: Store, folder: Path, request: Request, *, report: Report = quietly) -> Manifest:
    """Write what ``request`` asks of ``store`` into ``folder``, made where it is missing.

    Where an export of the same request was interrupted there, it goes on behind its last whole file; files
    that were noted but are not there as noted are made anew, also where the export is whole. Raises
    ``ArchiveError`` for a folder that holds anything else, for a request that cannot be, and where the store
    lacks points of a file that is to be made anew; and what the store raises.
    """
    _check(request)
    if (folder / manifest.WHOLE).exists():
        whole = manifest.load(folder)
        if whole.request != request:
            zone = ZoneInfo(request.zone or "UTC")
            stop = whole.request.window.stop.astimezone(zone).isoformat(timespec="seconds")
            raise ArchiveError(f"{folder} already holds another export, up to {stop}; give another folder")
        mended = _mended(store, folder, whole)
        if mended != whole:
            manifest.save(folder, mended)
        return mended
    done = manifest.load_part(folder)
    if done is None:
        if folder.exists() and any(manifest.PART not in path.name for path in folder.iterdir()):
            raise ArchiveError(f"{folder} is not empty; give a folder of its own")
        done = Manifest(request, ())
    elif done.request != request:
        raise ArchiveError(f"{folder} holds an interrupted export of something else; give another folder")
    done = _mended(store, folder, done)
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


def _mended(store: Store, folder: Path, done: Manifest) -> Manifest:
    """``done``, each of its files being there: those that were not as noted are made anew."""
    return replace(
        done,
        files=tuple(
            file if _is_there(folder, file) else _made_anew(store, folder, done.request, file)
            for file in done.files
        ),
    )


def _is_there(folder: Path, file: File) -> bool:
    try:
        return manifest.is_there(folder, file)
    except OSError:
        return False


def _made_anew(store: Store, folder: Path, request: Request, file: File) -> File:
    midnight = datetime.fromisoformat(f"{file.day}T00:00:00Z")
    window = Window(max(midnight, request.window.start), min(midnight + DAY, request.window.stop))
    _make_folder(folder, file.measurement)
    lines = store.lines(file.measurement, window)
    return _write_day(
        folder, request.format, file.measurement, to_ns(midnight) // _DAY_NS, lines, file.points
    )


def _make_folder(folder: Path, name: str) -> None:
    (folder / name).mkdir(exist_ok=True)
    sync_folder(folder)


def _export(
    store: Store, folder: Path, request: Request, name: str, done: Sequence[File]
) -> Iterator[tuple[File, float]]:
    """Each file of one measurement, when it is whole, and the part of the measurement that is done then."""
    window = _left(request.window, [file.day for file in done if file.measurement == name])
    if window is None:
        return
    _make_folder(folder, name)
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
    start = datetime.fromisoformat(f"{max(days)}T00:00:00Z") + DAY
    return Window(start, window.stop) if start < window.stop else None


def _by_day(chunks: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """The lines again in their order, each list of one UTC day, which is told in days since 1970."""
    for lines in chunks:
        for day, of_day in groupby(lines, key=lambda line: int(line[line.rindex(" ") + 1 :]) // _DAY_NS):
            yield day, list(of_day)


def _write_day(
    folder: Path, format_name: str, name: str, day: int, chunks: Iterator[list[str]], least: int = 0
) -> File:
    """Put a day's file in its place; raises ``ArchiveError`` for fewer than ``least`` points."""
    form, date = FORMATS[format_name], datetime.fromordinal(_EPOCH + day).date()
    path = folder / name / f"{date.isoformat()}{form.suffix}"
    fresh = path.with_name(f".{path.name}.new")
    points = 0
    with ExitStack() as held:
        add: Add = held.enter_context(form.write(fresh, MEASUREMENTS[name]))
        for lines in chunks:
            add(lines)
            points += len(lines)
    if points < least:
        fresh.unlink()
        raise ArchiveError(
            f"{path} is missing or damaged, and the store has only {points} of its {least} points; "
            "give another folder"
        )
    sync_file(fresh)
    file = File(f"{name}/{path.name}", points, manifest.checksum(fresh))
    fresh.replace(path)
    sync_folder(path.parent)
    return file


_EPOCH = datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 -- a number of days
