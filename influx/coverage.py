"""Which rollups may be made anew: those of windows that raw points still cover wholly, and that are over."""

from zoneinfo import ZoneInfo

from influx import local_time
from influx.schema import MEASUREMENTS, ROLLUPS
from influx.steps import DAY, QUARTER, Grid
from influx.windows import READY, Horizon, Window


def covered(measurement: str, window: Window, horizon: Horizon) -> Window | None:
    """The quarter hours that ``window`` touches and that can be rolled up; None where there are none.

    What lies at the very edge of the retention is left alone: it may be gone before it is read. So is a day
    whose own rollup, or part of the quarter hours that it is made of, is not kept any more.
    """
    raw = local_time.ceil(horizon.oldest(MEASUREMENTS[measurement])) + QUARTER
    midnights = Grid(DAY, horizon.zone)
    kept = [midnights.ceil(horizon.oldest(spec) + QUARTER) for spec in ROLLUPS[measurement]]
    start = max(local_time.floor(window.start), raw, *kept)
    stop = min(local_time.ceil(window.stop), local_time.floor(horizon.now - READY))
    return Window(start, stop) if start < stop else None


def stretches(window: Window, zone: ZoneInfo) -> list[Window]:
    """``window``, cut at the midnights of ``zone``: so much is rolled up at once, and no day twice."""
    return [
        Window(max(day.start, window.start), min(day.stop, window.stop))
        for day in local_time.days(window, zone)
    ]


def merged(windows: list[Window]) -> list[Window]:
    """The moments of all ``windows``, in as few windows as can be, in time order."""
    found: list[Window] = []
    for window in sorted(windows, key=lambda window: window.start):
        if found and window.start <= found[-1].stop:
            found[-1] = Window(found[-1].start, max(found[-1].stop, window.stop))
        else:
            found.append(window)
    return found
