"""Where what lets people in is kept: a folder of its own, which cameras and sensors need not reach."""

import sqlite3
from contextlib import closing
from pathlib import Path

from api.access.ledger_file import LedgerError
from influx.disk import sync_folder, write_whole
from influx.secret_files import alone

_NAME = "access.sqlite"


def ledger_path(data_dir: Path) -> Path:
    """The file of the ledger of the home in ``data_dir``; one that lies where it once did is brought there.

    Raises ``LedgerError`` where that cannot be, such as while an older Hutch has it open.
    """
    path, former = data_dir / "access" / _NAME, data_dir / _NAME
    if former.exists():
        try:
            _bring(former, path)
        except (OSError, sqlite3.Error) as error:
            raise LedgerError(
                f"{former}, the list of who may log in, cannot be brought to {path}: {error}; "
                "stop every Hutch of this home, then start again"
            ) from None
    return path


def key_path(data_dir: Path) -> Path:
    """The file of the key that signs short tokens."""
    return data_dir / "access" / "access.key"


def _bring(former: Path, path: Path) -> None:
    """Copy, then delete: the folder may be on another disk."""
    with alone(path.parent):
        if path.exists() or not former.exists():
            return
        with closing(sqlite3.connect(former, timeout=1, isolation_level=None)) as last:
            # Takes all into the one file, and fails while anybody else has it open.
            last.execute("PRAGMA journal_mode = DELETE")
        write_whole(path, former.read_bytes())
        path.chmod(0o600)
        former.unlink()
        # Others could read it; what it signed lasts for half an hour.
        former.with_suffix(".key").unlink(missing_ok=True)
        sync_folder(former.parent)
