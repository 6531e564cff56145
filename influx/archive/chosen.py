"""Which files of an archive an import brings in: those asked for, but no days of another time zone."""

from collections.abc import Collection
from dataclasses import replace

from influx.archive.manifest import Manifest
from influx.archive.trouble import ArchiveError
from influx.schema import MEASUREMENTS


def chosen(archive: Manifest, measurements: Collection[str], zone: str) -> Manifest:
    """``archive`` with only the files of ``measurements`` (all where it names none) that fit ``zone``.

    Raises ``ArchiveError`` for a measurement that was not exported.
    """
    for name in measurements:
        if name not in archive.request.measurements:
            there = ", ".join(archive.request.measurements)
            raise ArchiveError(f"the archive has no measurement {name!r:.60}; it has {there}")
    foreign = foreign_days(archive, zone)
    files = (file for file in archive.files if not measurements or file.measurement in measurements)
    return replace(archive, files=tuple(file for file in files if file.measurement not in foreign))


def foreign_days(archive: Manifest, zone: str) -> set[str]:
    """The measurements of ``archive`` whose points stand for days of another time zone than ``zone``.

    An archive that does not say its zone is taken for one of this home.
    """
    if archive.request.zone in ("", zone):
        return set()
    names = {file.measurement for file in archive.files}
    return {name for name in names & MEASUREMENTS.keys() if MEASUREMENTS[name].bucket == "rollup_1d"}
