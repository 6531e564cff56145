"""Which readings from the future have a true time, and which."""

from hypothesis import given
from hypothesis import strategies as st

from collector.redate import ClockError, moved
from influx.lines import time_of
from influx.schema import MEASUREMENTS

MINUTE = 60_000_000_000
START, NOW = 30_000_000 * MINUTE, 30_000_100 * MINUTE
ERROR = ClockError(500 * MINUTE, START, NOW)


def line(time_ns: int) -> str:
    return f'environment,node=pi note="a b",temperature=20.5 {time_ns}'


@given(st.integers(START - 700 * MINUTE, NOW + 700 * MINUTE))
def test_only_what_was_stamped_in_this_boot_and_lies_in_the_future_is_moved(time_ns: int) -> None:
    found = moved("environment", [line(time_ns)], ERROR)
    future = time_ns > NOW + 10 * MINUTE
    of_this_boot = START <= time_ns - 500 * MINUTE <= NOW + 10 * MINUTE
    expected = {line(time_ns): line(time_ns - 500 * MINUTE)} if future and of_this_boot else {}
    assert found == expected


def test_what_may_tell_its_time_twice_is_not_moved() -> None:
    future = [line(NOW + 400 * MINUTE)]
    assert {name for name in MEASUREMENTS if moved(name, future, ERROR)} == {
        "environment",
        "gas",
        "node",
        "pipeline",
    }


def test_what_has_no_time_is_not_moved() -> None:
    assert time_of("environment temperature=1") is None
    assert moved("environment", ["environment temperature=1"], ERROR) == {}
    assert moved("nosuch", [line(NOW + 400 * MINUTE)], ERROR) == {}
