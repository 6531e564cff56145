"""Recordings, photos and a model that lie beside the repository on some machines."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[3] / "shared"


def shared(name: str) -> Path:
    """The file or folder ``name``; skips the test with the reason where it is not there."""
    path = _SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/{name} is not here; the test needs its real pictures")
    return path
