"""Plans: no more rows than asked for, the right sources joined without a seam, and nonsense named."""

from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.config import Retention
from influx.plan import plan as plan_with
from influx.schema import ENVIRONMENT
from influx.windows import Aggregate, Horizon, Window, WindowError
from tests.influx.horizons import RAW, ZONES, windows

plan = partial(plan_with, horizon=RAW)
day = timedelta(days=1)


@given(
    windows(),
    st.integers(2, 3000),
    st.none() | st.timedeltas(timedelta(seconds=1), 366 * day) | st.integers(1, 366).map(lambda n: n * day),
    st.sampled_from(ZONES),
)
def test_a_plan_never_has_more_rows_than_asked_for(
    window: Window, most: int, every: timedelta | None, zone: ZoneInfo
) -> None:
    horizon = Horizon(window.stop, Retention(), zone)
    asked = plan_with("environment", ("temperature",), window, every=every, max_points=most, horizon=horizon)
    assert asked.grid.count(window.start, window.stop) <= most
    if every is not None:
        assert asked.every >= every


@given(windows(), st.timedeltas(timedelta(seconds=1), 366 * day))
def test_a_step_that_fits_is_taken_as_it_is(window: Window, every: timedelta) -> None:
    if every * 1499 >= window.length:
        assert plan("environment", ("temperature",), window, every=every).every == every


WINDOW = Window.last(day, datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    "every", [timedelta(0), timedelta(seconds=-5), timedelta(milliseconds=999), timedelta.max]
)
def test_a_step_that_is_nonsense_is_refused(every: timedelta) -> None:
    with pytest.raises(WindowError, match="from 1 s to 366 days"):
        plan("environment", ("temperature",), WINDOW, every=every)


def test_words_that_the_vocabulary_lacks_are_refused() -> None:
    with pytest.raises(KeyError, match="weather"):
        plan("weather", ("temperature",), WINDOW)
    with pytest.raises(KeyError, match="no field 'colour'"):
        plan("environment", ("colour",), WINDOW)
    with pytest.raises(KeyError, match="no tag 'pet'"):
        plan("environment", ("temperature",), WINDOW, group=("pet",))
    with pytest.raises(KeyError, match="no tag 'pet'"):
        plan("environment", ("temperature",), WINDOW, tags={"pet": "miso"})


def test_what_cannot_be_aggregated_is_refused() -> None:
    with pytest.raises(WindowError, match="clip_state is no number: it can be counted, but has no mean"):
        plan("pet_event", ("clip_state",), WINDOW, aggregates=(Aggregate.COUNT, Aggregate.MEAN))
    for fields, aggregates in (((), (Aggregate.MEAN,)), (("temperature",), ())):
        with pytest.raises(WindowError, match="at least one"):
            plan("environment", fields, WINDOW, aggregates=aggregates)
    with pytest.raises(WindowError, match="asked twice"):
        plan("environment", ("temperature", "temperature"), WINDOW)


def test_a_plan_says_what_to_read() -> None:
    both = plan("environment", ("temperature", "humidity"), WINDOW, aggregates=(Aggregate.MIN, Aggregate.MAX))
    assert both.columns == ("temperature_min", "temperature_max", "humidity_min", "humidity_max")
    assert both.group == ENVIRONMENT.tag_names
    assert [source.bucket for source in both.sources] == ["readings"]
    assert plan("environment", ("temperature",), WINDOW).columns == ("temperature",)
