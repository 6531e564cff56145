"""From an archive into a store: what is whole is brought in, what is not is told, nothing stops the rest."""

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from influx import points
from influx.archive import manifest
from influx.archive.chosen import chosen
from influx.archive.formats import FORMATS
from influx.archive.manifest import File, Manifest, Progress, Report, quietly
from influx.archive.trouble import ArchiveError
from influx.buckets import refusal
from influx.config import Retention
from influx.late import LateReports, quarters
from influx.lines import parse_line
from influx.points import PointError
from influx.schema import LATE_WINDOW, MEASUREMENTS, ROLLED, ROLLUPS
from influx.store import Rejected, Store, TooLarge

_ROLLED = {spec.name for spec in ROLLED}


@dataclass(slots=True)
class Imported:
    """What became of an archive's points.

    ``points`` are in the store, ``refused`` are not, for ``reason`` (the first that came up); ``damaged``
    says of each file that could not be brought in what is wrong with it.
    """

    points: int = 0
    refused: int = 0
    reason: str = ""
    damaged: list[str] = field(default_factory=list)

    def refuse(self, reason: str) -> None:
        """Count one point that is refused for ``reason``."""
        self.refused += 1
        self.reason = self.reason or reason


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
    exported is passed over and named. ``done`` is a file that remembers what is done, so that an interrupted
    import goes on; it is gone when all is. Raises ``ArchiveError`` where ``folder`` holds no whole archive,
    and what the store raises.
    """
    archive = chosen(manifest.load(folder), measurements, zone)
    so_far, late, result, seen = _Done(done, folder), _Late(archive, node), Imported(), 0
    # What is worked out comes first: once raw points are reported, nothing may undo what is made of them.
    for file in sorted(archive.files, key=lambda file: file.measurement in _ROLLED):
        if file.path not in so_far:
            touched: set[int] = set()
            try:
                for lines in _lines(folder, archive, file):
                    welcome = _welcome(file.measurement, lines, retention, now(), result)
                    touched |= quarters(welcome)
                    _write(store, file.measurement, welcome, result)
            except ArchiveError as error:
                result.damaged.append(str(error))
            if reports := late.reports(file, touched, datetime.fromtimestamp(now(), UTC)):
                store.write(LATE_WINDOW.name, reports)
            so_far.note(file.path)
        seen += file.points
        report(Progress(seen / max(1, archive.points), seen, f"{file.measurement} {file.day}"))
    done.unlink(missing_ok=True)
    return result


class _Late:
    """Makes the lines that report what the files of ``archive`` bring in, in the name of ``node``."""

    def __init__(self, archive: Manifest, node: str) -> None:
        self._reports = LateReports(node)
        self._first = {file.measurement: file for file in reversed(archive.files)}

    def reports(self, file: File, touched: set[int], now: datetime) -> list[str]:
        """The reports on the quarter hours that points of ``file`` are in, all of them stored.

        Of the first quarter hour of all, part of the points may have been gone when the archive was made: its
        rollup stays where the archive has one.
        """
        name = file.measurement
        if file is self._first[name] and name in ROLLUPS and ROLLUPS[name][0].name in self._first:
            touched = touched - {min(touched, default=0)}
        return [points.line(point) for point in self._reports.report(name, touched, now)]


class _Done:
    """The paths of the files that are done, in a file that first names the archive they belong to."""

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        archive = hashlib.sha256((folder / manifest.WHOLE).read_bytes()).hexdigest()
        try:
            first, *rest = path.read_text(encoding="utf-8").split("\n")[:-1] or [""]
        except FileNotFoundError:
            first, rest = "", []
        self._paths = set(rest) if first == archive else set()
        if first != archive:
            path.write_text(f"{archive}\n", encoding="utf-8")

    def __contains__(self, path: str) -> bool:
        return path in self._paths

    def note(self, path: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{path}\n")


def _lines(folder: Path, archive: Manifest, file: File) -> Iterator[list[str]]:
    """The lines of ``file``; raises ``ArchiveError`` where it is not what was exported."""
    form, spec = FORMATS.get(archive.request.format), MEASUREMENTS.get(file.measurement)
    if form is None or spec is None:
        raise ArchiveError(f"{file.path}: this Hutch knows no {file.measurement} in such a file")
    path = folder / file.path
    try:
        if manifest.checksum(path) != file.sha256:
            raise ArchiveError(f"{file.path}: its bytes are not those that were exported")
    except OSError as error:
        raise ArchiveError(f"{file.path}: {error.strerror or error}") from None
    yield from form.read(path, spec)


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
    """Write ``lines``, in ever smaller parts where the store does not take them together."""
    if not lines:
        return
    try:
        store.write(measurement, lines)
    except (Rejected, TooLarge) as error:
        if len(lines) == 1:
            result.refuse(str(error))
            return
        middle = len(lines) // 2
        _write(store, measurement, lines[:middle], result)
        _write(store, measurement, lines[middle:], result)
    else:
        result.points += len(lines)
