"""Windows, zones, and a horizon for tests that look at raw points, whatever rollups there are."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from influx.buckets import BUCKETS
from influx.config import Retention
from influx.windows import Horizon, Window

EPOCH, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FOREVER = Retention(**dict.fromkeys(BUCKETS))
RAW = Horizon(EPOCH, FOREVER, ZoneInfo("UTC"))
"""No rollup is ready at its time, and everything is kept."""
ZONES = tuple(
    ZoneInfo(name)
    for name in ("UTC", "Europe/Zurich", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana")
)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Any window, half of them a month long at most."""
    start = EPOCH + draw(st.timedeltas(timedelta(0), LATEST - EPOCH - timedelta.resolution))
    longest = LATEST - start
    shorter = st.timedeltas(timedelta.resolution, min(longest, timedelta(days=30)))
    length = draw(st.one_of(st.timedeltas(timedelta.resolution, longest), shorter))
    return Window(start, start + length)
