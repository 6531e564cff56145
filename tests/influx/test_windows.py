"""Windows and plans: no more rows than asked for, and nonsense named."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx.schema import ENVIRONMENT
from influx.windows import STEPS, Aggregate, Window, WindowError, plan, step_for

EPOCH, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
US = timedelta(microseconds=1)
day = timedelta(days=1)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = EPOCH + draw(st.timedeltas(timedelta(0), LATEST - EPOCH - US))
    longest = LATEST - start
    length = draw(st.one_of(st.timedeltas(US, longest), st.timedeltas(US, min(longest, 30 * day))))
    return Window(start, start + length)


def touched(window: Window, step: timedelta) -> int:
    """How many steps, aligned to the epoch, hold a moment of ``window``."""
    return (window.stop - US - EPOCH) // step - (window.start - EPOCH) // step + 1


@given(windows(), st.integers(2, 3000), st.none() | st.timedeltas(timedelta(seconds=1), 366 * day))
def test_a_plan_never_has_more_rows_than_asked_for(
    window: Window, most: int, every: timedelta | None
) -> None:
    step = plan("environment", ("temperature",), window, every=every, max_points=most).every
    assert touched(window, step) <= most
    if every is not None:
        assert step >= every


@given(windows(), st.integers(2, 3000))
def test_a_step_is_no_longer_than_it_must_be(window: Window, most: int) -> None:
    step = step_for(window.length, most)
    shorter = [each for each in STEPS if each < step] if step in STEPS else [step - day, STEPS[-1]]
    for each in shorter:
        worst = -(-(window.length - US) // each) + 1
        assert worst > most, f"{each} would have done for {window.length}"


@given(windows(), st.timedeltas(timedelta(seconds=1), 366 * day))
def test_a_step_that_fits_is_taken_as_it_is(window: Window, every: timedelta) -> None:
    if every * 1499 >= window.length:
        assert plan("environment", ("temperature",), window, every=every).every == every


def test_steps_for_the_windows_people_choose() -> None:
    hours = {3: 10, 24: 60, 72: 300, 168: 600, 336: 900}
    chosen = {n: step_for(timedelta(hours=n)).total_seconds() for n in hours}
    assert chosen == hours


@pytest.mark.parametrize(
    ("start", "stop", "reason"),
    [
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "must start before it stops"),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), "must start before it stops"),
        (
            datetime.fromisoformat("2026-01-01"),
            datetime(2026, 1, 2, tzinfo=UTC),
            "01-01T00:00:00 has no time zone",
        ),
        (datetime(1969, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "outside the years"),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime(2201, 1, 2, tzinfo=UTC), "outside the years"),
    ],
)
def test_a_window_that_is_nonsense_is_refused(start: datetime, stop: datetime, reason: str) -> None:
    with pytest.raises(WindowError, match=reason):
        Window(start, stop)


def test_a_window_is_kept_in_utc() -> None:
    zone = timezone(timedelta(hours=2))
    window = Window.last(timedelta(hours=3), datetime(2026, 1, 1, 12, tzinfo=zone))
    assert window.start.isoformat() == "2026-01-01T07:00:00+00:00"
    assert window.length == timedelta(hours=3)


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
    with pytest.raises(ValueError, match="2 are the least"):
        plan("environment", ("temperature",), WINDOW, max_points=1)


def test_a_plan_says_what_to_read() -> None:
    both = plan("environment", ("temperature", "humidity"), WINDOW, aggregates=(Aggregate.MIN, Aggregate.MAX))
    assert both.columns == ("temperature_min", "temperature_max", "humidity_min", "humidity_max")
    assert both.group == ENVIRONMENT.tag_names
    assert [source.bucket for source in both.sources] == ["readings"]
    assert plan("environment", ("temperature",), WINDOW).columns == ("temperature",)
