import pytest

from hutch.errors import first_line


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("no such node\nat 0x7f\nat 0x80"), "no such node"),
        (RuntimeError("\n  no such node "), "no such node"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_of_an_error_of_somebody_elses_code_one_line_is_told(error: Exception, said: str) -> None:
    assert first_line(error) == said
