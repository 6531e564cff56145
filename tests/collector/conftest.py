"""What several tests of the collector share."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.needs import lacking


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that keeps what was synced; Linux with a C compiler only."""
    compiler = shutil.which("cc")
    if not sys.platform.startswith("linux") or compiler is None:
        lacking("what was synced can only be followed on Linux with a C compiler (cc)")
    library = tmp_path_factory.mktemp("shim") / "synced.so"
    source = Path(__file__).with_name("synced.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O2", "-o", library, source, "-ldl"], check=True)
    return library
