"""From an archive into a store: what is whole is brought in, what is not is told, nothing stops the rest."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from influx import points
from influx.archive import manifest
from influx.archive.chosen import chosen
from influx.archive.done import Done, Imported
from influx.archive.formats import FORMATS
from influx.archive.manifest import File, Manifest, Progress, Report, quietly
from influx.archive.trouble import ArchiveError
from influx.buckets import refusal
from influx.config import Retention
from influx.halves import write_in_halves
from influx.late import LateReports, quarters
from influx.lines import parse_line
from influx.points import PointError, length_ns, to_datetime
from influx.schema import LATE_WINDOW, MEASUREMENTS, ROLLUPS
from influx.steps import QUARTER
from influx.store import Store


def import_points(
    store: Store,
    folder: Path,
    *,
    node: str,
    retention: Retention,
    now: Callable[[], float],
    done: Path,
    measurements: Collection[str] = (),
    zone: str = "",
    report: Report = quietly,
) -> Imported:
    """Write every point of the archive in ``folder`` into ``store``; points that are there are overwritten.

    Only those of ``measurements`` where it names any, and no days of another time zone than ``zone``.

    Points that are older than ``retention`` keeps, lie in the future of ``now`` (seconds since 1970), or
    that the vocabulary refuses are counted. What came in is reported as late in the name of ``node``, so
    that ``Upkeep`` makes its rollups anew: where raw points are kept they decide, also over rollups that the
    archive brings; those of older times stay as they came. A file whose bytes are not those that were
    exported is passed over and named; of one that turns out to be damaged on the way, what comes before is
    in. ``done`` is a file that remembers what is done, so that an interrupted import goes on and in the end
    tells of all of it; then it is gone. Raises ``ArchiveError`` where ``folder`` holds no whole archive, and
    what the store raises.
    """
    archive = chosen(manifest.load(folder), measurements, zone)
    so_far, late, seen = (
        Done(done, manifest.checksum(folder / manifest.WHOLE)),
        _Late(folder, archive, node),
        0,
    )
    result = so_far.total()
    # What is worked out comes first: once raw points are reported, nothing may undo what is made of them.
    for file in sorted(archive.files, key=lambda file: file.measurement in ROLLUPS):
        if file.path not in so_far:
            one, touched = Imported(), set[int]()
            try:
                for lines in _lines(folder, archive, file):
                    welcome = _welcome(file.measurement, lines, retention, now(), one)
                    touched |= quarters(welcome)
                    _write(store, file.measurement, welcome, one)
            except ArchiveError as error:
                one.damaged.append(str(error))
            if reports := late.reports(file, touched, datetime.fromtimestamp(now(), UTC)):
                store.write(LATE_WINDOW.name, reports)
            if not one.damaged:  # which is told again by whoever goes on
                so_far.note(file.path, one)
            result.add(one)
        seen += file.points
        report(Progress(seen / max(1, archive.points), seen, f"{file.measurement} {file.day}"))
    done.unlink(missing_ok=True)
    return result


class _Late:
    """Makes the lines that report what the files of ``archive`` bring in, in the name of ``node``."""

    def __init__(self, folder: Path, archive: Manifest, node: str) -> None:
        self._folder, self._archive = folder, archive
        self._reports = LateReports(node)
        self._first = {file.measurement: file for file in reversed(archive.files)}

    def reports(self, file: File, touched: set[int], now: datetime) -> list[str]:
        """The reports on the quarter hours that points of ``file`` are in, all of them stored.

        Of the first quarter hour of all, part of the points may have been gone when the archive was made: its
        rollup stays where the archive has one.
        """
        name = file.measurement
        if touched and file is self._first[name] and self._has_rollup(name, min(touched)):
            touched = touched - {min(touched)}
        return [points.line(point) for point in self._reports.report(name, touched, now)]

    def _has_rollup(self, name: str, quarter: int) -> bool:
        """Whether the archive has the rollup of a quarter hour, counted from 1970."""
        if name not in ROLLUPS:
            return False
        time_ns = quarter * length_ns(QUARTER)
        day = f"{to_datetime(time_ns):%Y-%m-%d}"
        path = f"{ROLLUPS[name][0].name}/{day}."
        return any(
            line.endswith(f" {time_ns}")
            for file in self._archive.files
            if file.path.startswith(path)
            for line in self._readable(file)
        )

    def _readable(self, file: File) -> Iterator[str]:
        with suppress(ArchiveError):
            for lines in _lines(self._folder, self._archive, file):
                yield from lines


def _lines(folder: Path, archive: Manifest, file: File) -> Iterator[list[str]]:
    """The lines of ``file``; raises ``ArchiveError`` where it is not what was exported."""
    form, spec = FORMATS.get(archive.request.format), MEASUREMENTS.get(file.measurement)
    if form is None or spec is None:
        raise ArchiveError(f"{file.path}: this Hutch knows no {file.measurement} in such a file")
    try:
        if not manifest.is_there(folder, file):
            raise ArchiveError("its bytes are not those that were exported")  # noqa: TRY301 -- as any damage
        yield from form.read(folder / file.path, spec)
    except ArchiveError as error:
        raise ArchiveError(f"{file.path}: {error}") from None
    except OSError as error:
        raise ArchiveError(f"{file.path}: {error.strerror or error}") from None


def _welcome(
    measurement: str, lines: Sequence[str], retention: Retention, now: float, result: Imported
) -> list[str]:
    """Those of ``lines`` that the vocabulary and the retention take; the others are counted in ``result``."""
    welcome = []
    for line in lines:
        try:
            point = points.check(parse_line(line))
            reason = refusal(measurement, point.time_ns, now, retention)
        except PointError as error:
            reason = str(error)
        if reason is None:
            welcome.append(line)
        else:
            result.refuse(reason)
    return welcome


def _write(store: Store, measurement: str, lines: Sequence[str], result: Imported) -> None:
    """Write ``lines``; those that the store does not take are counted in ``result``."""
    if not lines:
        return
    refused = write_in_halves(store.write, measurement, lines)
    for _, reason in refused:
        result.refuse(reason)
    result.points += len(lines) - len(refused)
