"""Windows: what is none is refused."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from influx.windows import Window, WindowError


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
