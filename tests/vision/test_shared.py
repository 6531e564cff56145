"""What tests do without the files that lie beside the repository."""

import pytest

from tests.vision.shared import shared


def test_a_file_that_is_missing_skips_a_test_and_fails_it_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such file is not here"):
        shared("no such file")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no such file is not here"):
        shared("no such file")
