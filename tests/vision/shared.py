"""Recordings, photos and a model that lie beside the repository on some machines."""

from pathlib import Path

from tests.needs import lacking

_SHARED = Path(__file__).parents[3] / "shared"


def shared(name: str) -> Path:
    """The file or folder ``name``; skips the test where it is not there, fails it in CI."""
    path = _SHARED / name
    if not path.exists():
        lacking(f"../shared/{name} is not here; the test needs its real pictures")
    return path
