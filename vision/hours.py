"""When a camera records: always, never, or within hours of the home's day."""

import re
from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from zoneinfo import ZoneInfo

ALWAYS, NEVER = "always", "never"
_SPAN = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_SPANS = 8
_EXAMPLE = 'write "always", "never", or hours of the home such as "22:00-07:00, 12:30-13:30"'


GREENWICH = ZoneInfo("UTC")


class BadHours(ValueError):
    """A text says no hours; says what to write instead."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Spans of the home's day, each from a time to before another; one that ends earlier than it begins goes
    past midnight. What a clock on the wall shows is what counts: an hour that is repeated in autumn is in
    both times, one that is skipped in spring is not at all.
    """

    spans: tuple[tuple[time, time], ...]

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """The hours that ``text`` says; raises ``BadHours``."""
        if text.strip() == ALWAYS:
            return EVERY_HOUR
        if text.strip() == NEVER:
            return cls(())
        spans = tuple(_span(part.strip(), text) for part in text.split(","))
        if len(spans) > _SPANS:
            raise BadHours(f"{text!r:.80} has more than {_SPANS} spans")
        return cls(spans)

    def include(self, at: float, zone: tzinfo = GREENWICH) -> bool:
        """Whether the moment ``at`` (seconds since 1970) is within them in ``zone``."""
        shown = datetime.fromtimestamp(at, zone).time()
        return any(
            start <= shown < stop if start < stop else shown >= start or shown < stop
            for start, stop in self.spans
        )


EVERY_HOUR = Hours(((time(), time()),))
"""All day: a span that ends when it begins is a whole day."""


def _span(part: str, text: str) -> tuple[time, time]:
    match = _SPAN.fullmatch(part)
    if match is None:
        raise BadHours(f"{text!r:.80} says no hours; {_EXAMPLE}")
    first, minute, last, last_minute = (int(number) for number in match.groups())
    if (last, last_minute) == (24, 0):  # as people write the end of a day
        last = 0
    try:
        return time(first, minute), time(last, last_minute)
    except ValueError:
        raise BadHours(f"{part!r} is no span of a day, which goes from 00:00 to 24:00; {_EXAMPLE}") from None
