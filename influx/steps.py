"""Steps of time: how long one is, and where each begins.

Steps shorter than a day, and those that are no whole days, count from the Unix epoch in UTC. Steps of whole
days are days of the home's zone, 23 to 25 hours long, counted from Monday, 1 January of the year 1: seven
of them begin on a Monday.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MAX_POINTS = 1500
"""More steps than a screen has columns only cost time: at most this many rows a series."""
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)

_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 86400, 604800)
STEPS = tuple(timedelta(seconds=seconds) for seconds in _SECONDS)
"""Step lengths people read easily; all divide a UTC day, or are whole days.

None is between 3 hours and a day: such steps of UTC cut the days of most homes at odd hours, and over half
a year and more it is days that are compared.
"""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def step_for(length: timedelta, max_points: int = MAX_POINTS) -> timedelta:
    """The shortest readable step that cuts any window of ``length`` into at most ``max_points`` rows.

    Longer than a week it is the least number of whole days. Raises ``ValueError`` for fewer than 2 points:
    however long the step, a window can touch two.
    """
    if max_points < 2:
        raise ValueError(f"a window cannot be cut into at most {max_points} rows; 2 are the least")
    for step in STEPS:
        if fits(length, step, max_points):
            return step
    return DAY * -(-(length - timedelta.resolution) // (DAY * (max_points - 1)))


def fits(length: timedelta, step: timedelta, max_points: int) -> bool:
    """Whether no window of ``length`` touches more than ``max_points`` steps, all being equally long."""
    # Steps are aligned to the clock, so a window of n steps can touch n + 1 of them; its stop it does not.
    return step * (max_points - 1) >= length - timedelta.resolution


def rounded_up(step: timedelta, unit: timedelta) -> timedelta:
    """The shortest multiple of ``unit`` that is at least ``step``."""
    return unit * -(-step // unit)


@dataclass(frozen=True, slots=True)
class Grid:
    """The beginnings of all steps of length ``every`` in a home whose zone is ``zone``; moments are UTC."""

    every: timedelta
    zone: ZoneInfo
    days: int = field(init=False)
    """How many of the home's days a step is; 0 where it is no whole days."""

    def __post_init__(self) -> None:
        """Work out once what every moment is asked about."""
        object.__setattr__(self, "days", 0 if self.every % DAY else self.every // DAY)

    def floor(self, moment: datetime) -> datetime:
        """The beginning of the step that ``moment`` lies in."""
        if self.days:
            return self._midnight(self._number(moment))
        return moment - (moment - _EPOCH) % self.every

    def ceil(self, moment: datetime) -> datetime:
        """The first beginning of a step that is not before ``moment``."""
        start = self.floor(moment)
        if start == moment:
            return moment
        return self._midnight(self._number(moment) + 1) if self.days else start + self.every

    def count(self, start: datetime, stop: datetime) -> int:
        """How many steps hold a moment from ``start`` to before ``stop``."""
        last = stop - timedelta.resolution
        if self.days:
            return self._number(last) - self._number(start) + 1
        return (last - _EPOCH) // self.every - (start - _EPOCH) // self.every + 1

    def _number(self, moment: datetime) -> int:
        return (moment.astimezone(self.zone).toordinal() - 1) // self.days

    def _midnight(self, number: int) -> datetime:
        # Where a change of the clock skips or repeats midnight, this is when the date changes.
        day = date.fromordinal(number * self.days + 1)
        return datetime.combine(day, time(), self.zone).astimezone(UTC)
