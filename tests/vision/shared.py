"""Recordings, photos and a model that lie beside the repository on some machines."""

import os
from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[3] / "shared"


def shared(name: str) -> Path:
    """The file or folder ``name``; skips the test where it is not there, fails it in CI."""
    path = _SHARED / name
    if not path.exists():
        missing = f"../shared/{name} is not here; the test needs its real pictures"
        if os.environ.get("CI") == "true":
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)
    return path
