"""Ready lines and a settable clock for the tests of the queue."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from collector.config import SpoolSection
from collector.drain import Drain
from collector.spool import Spool

START_NS = (int(time.time()) // 86_400 - 1) * 86_400 * 1_000_000_000
"""Yesterday's midnight, the same in every process of a test, and every bucket still keeps it."""


def climate(count: int, first: int = 0) -> list[str]:
    """``count`` lines of ``environment``, each a point of its own; ``first`` numbers them."""
    return [
        f"environment,location=den,node=pi,sensor=s temperature={20 + number % 7}.5,humidity=41.0"
        f" {START_NS + number * 1_000_000}"
        for number in range(first, first + count)
    ]


def happening(number: int) -> str:
    """A line of ``pet_event``."""
    return (
        "pet_event,camera=c,event_type=motion,location=den,pet=unknown"
        f' event_id="c-{number}",revision=0i {START_NS + number}'
    )


def entry(number: int) -> str:
    """A line of ``journal``."""
    return f'journal,entry_type=food,person=mia amount=1.0,name="hay" {START_NS + number}'


class Clock:
    """Seconds since 1970 that move only when told to."""

    def __init__(self, seconds: float = START_NS / 1e9) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def spool_at(folder: Path, clock: Clock | None = None, **limits: object) -> Iterator[Spool]:
    """The spool in ``folder``, closed when the block ends; ``limits`` may be smaller than people may set."""
    spool = Spool(folder / "spool.sqlite", SpoolSection().model_copy(update=limits), now=clock or Clock())
    try:
        yield spool
    finally:
        spool.close()


def drain_of(spool: Spool) -> Drain:
    """The lease, which must be free."""
    drain = spool.drain()
    assert drain is not None, "somebody else has the lease"
    return drain


def take_all(spool: Spool) -> list[str]:
    """Every line that waits, in the order it is delivered; the spool is empty afterwards."""
    taken: list[str] = []
    with drain_of(spool) as drain:
        while entries := drain.batch():
            taken += [line for each in entries for line in each.lines]
            drain.accept(entries)
    return taken
