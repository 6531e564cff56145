"""Writing to a store that may refuse some of it: in ever smaller parts, until it is known which lines."""

from collections.abc import Callable, Sequence

from influx.store import Rejected, TooLarge

Refused = list[tuple[str, str]]
"""Lines that a store will never take, each with the reason."""


def write_in_halves(
    write: Callable[[str, Sequence[str]], None], measurement: str, lines: Sequence[str]
) -> Refused:
    """``write`` the lines of ``measurement`` in their order; returns those that were refused.

    What is too large together is sent in halves, too. A batch that is refused whole is not taken apart.
    """
    try:
        write(measurement, lines)
    except (Rejected, TooLarge) as error:
        if len(lines) == 1 or (isinstance(error, Rejected) and error.count == len(lines)):
            return [(line, str(error)) for line in lines]
        middle = len(lines) // 2
        return [
            refused
            for half in (lines[:middle], lines[middle:])
            for refused in write_in_halves(write, measurement, half)
        ]
    return []
