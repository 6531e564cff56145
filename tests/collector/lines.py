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
    """A machine's clock that moves only when told to; ``seconds`` since 1970 is what it shows."""

    def __init__(self, seconds: float = START_NS / 1e9, *, right: bool = True) -> None:
        self.seconds = seconds
        self.right = right
        self.served = True  # by a time server, where it is right
        self.boot = "boot-0"
        self._up = 100.0 - seconds  # what has to be added to get the time since the boot

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.seconds

    def elapsed_ns(self) -> int:
        return round((self.seconds + self._up) * 1e9)

    def is_right(self) -> bool:
        return self.right

    def is_synchronised(self) -> bool:
        return self.right and self.served

    def jump(self, seconds: float) -> None:
        """Show another time from now on, while no time passes."""
        self.seconds += seconds
        self._up -= seconds

    def set(self, seconds: float) -> None:
        """Be set right by a time server, to ``seconds`` since 1970."""
        self.jump(seconds - self.seconds)
        self.right = self.served = True

    def set_by_hand(self, seconds: float) -> None:
        """Show ``seconds`` since 1970 because somebody said so: no time server keeps it any more."""
        self.jump(seconds - self.seconds)
        self.served = False

    def reboot(self, shown: float) -> None:
        """Start again, five seconds ago, with a clock that is not right."""
        self.boot = f"boot-{int(self.boot.removeprefix('boot-')) + 1}"
        self.seconds, self._up, self.right = shown, 5.0 - shown, False


@contextmanager
def spool_at(folder: Path, clock: Clock | None = None, **limits: object) -> Iterator[Spool]:
    """The spool in ``folder``, closed when the block ends; ``limits`` may be smaller than people may set."""
    spool = Spool(folder / "spool.sqlite", SpoolSection().model_copy(update=limits), clock=clock or Clock())
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
