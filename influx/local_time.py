"""Quarter hours of UTC, and the hours and days of the home's time zone that are made of them.

Every time zone of today differs from UTC by whole quarter hours, in summer and in winter.
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from influx.steps import DAY, QUARTER, Grid
from influx.windows import Window

_QUARTERS = Grid(QUARTER, ZoneInfo("UTC"))


def floor(moment: datetime) -> datetime:
    """The start of the quarter hour of UTC that ``moment`` is in."""
    return _QUARTERS.floor(moment.astimezone(UTC))


def ceil(moment: datetime) -> datetime:
    """``moment`` where a quarter hour of UTC starts there, else the start of the next."""
    return _QUARTERS.ceil(moment.astimezone(UTC))


def quarters(window: Window) -> Window:
    """All the quarter hours of UTC that ``window`` touches."""
    return Window(floor(window.start), ceil(window.stop))


def starts(window: Window) -> list[datetime]:
    """The starts of the quarter hours that begin within ``window``."""
    first = ceil(window.start)
    return [first + n * QUARTER for n in range(-((first - window.stop) // QUARTER))]


def day(moment: datetime, zone: ZoneInfo) -> Window:
    """The day of ``zone`` that ``moment`` is in; where clocks are set it has not 24 hours."""
    grid = Grid(DAY, zone)
    start = grid.floor(moment)
    return Window(start, grid.ceil(start + timedelta.resolution))


def days(window: Window, zone: ZoneInfo) -> list[Window]:
    """All the days of ``zone`` that ``window`` touches."""
    found = [day(window.start, zone)]
    while found[-1].stop < window.stop:
        found.append(day(found[-1].stop, zone))
    return found


def days_before(moment: datetime, count: int, zone: ZoneInfo) -> list[Window]:
    """The ``count`` days of ``zone`` before the one that ``moment`` is in, the latest first."""
    found: list[Window] = []
    start = day(moment, zone).start
    while len(found) < count:
        found.append(day(start - timedelta.resolution, zone))
        start = found[-1].start
    return found


def hour(moment: datetime, zone: ZoneInfo) -> Window:
    """The hour of the day of ``zone`` that ``moment`` is in.

    An hour that is repeated when clocks are set back is one long hour.
    """
    wanted = _hour_of(moment, zone)
    start, stop = floor(moment), floor(moment) + QUARTER
    while _hour_of(start - QUARTER, zone) == wanted:
        start -= QUARTER
    while _hour_of(stop, zone) == wanted:
        stop += QUARTER
    return Window(start, stop)


def _hour_of(moment: datetime, zone: ZoneInfo) -> int:
    return moment.astimezone(zone).hour
