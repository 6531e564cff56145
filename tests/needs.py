"""What a test needs and this machine lacks: a reason to skip it, or in CI, where all must be, to fail it."""

import os
from typing import NoReturn

import pytest


def lacking(reason: str) -> NoReturn:
    """End the test for ``reason``: skipped, or failed where ``CI=true``."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
