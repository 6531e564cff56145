"""The queue beside plain lists that do the same: whatever order calls come in, both agree."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collector.config import SpoolSection
from collector.drain import Drain
from collector.entry import Entry
from collector.spool import Spool, Which
from influx.lines import parse_line
from tests.collector.lines import START_NS, Clock, climate, drain_of, happening


class SpoolAndList(RuleBasedStateMachine):
    """Entries of the model are (number, measurement, lines); numbers grow as entries are added.

    What is undated waits beside them until the clock is right, and then has its place by its number.
    """

    @initialize(batch_lines=st.integers(1, 30))
    def open(self, batch_lines: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.limits = SpoolSection(batch_lines=batch_lines)
        self.clock = Clock(START_NS / 1e9, right=False)
        self.spool = Spool(self.folder / "spool.sqlite", self.limits, clock=self.clock)
        self.waiting: list[tuple[int, str, tuple[str, ...]]] = []
        self.undated: list[tuple[int, list[str]]] = []
        self.numbers = 0
        self.dead: list[tuple[str, str]] = []
        self.accepted = self.rejected = self.added = 0
        self.drain: Drain | None = None
        self.batch: list[Entry] = []

    @rule(count=st.integers(1, 40), durable=st.booleans())
    def add_climate(self, count: int, durable: bool) -> None:
        lines = climate(count, first=self.added)
        self.spool.add_lines("environment", lines, durable=durable)
        self.added += count
        most = self.limits.batch_lines
        for start in range(0, count, most):
            self._wait("environment", lines[start : start + most])

    @rule()
    def add_an_event(self) -> None:
        line = happening(self.added)
        self.spool.add_lines("pet_event", [line])
        self.added += 1
        self._wait("pet_event", [line])

    def _wait(self, measurement: str, lines: list[str]) -> None:
        self.numbers += 1
        self.waiting.append((self.numbers, measurement, tuple(lines)))

    @rule(count=st.integers(1, 40))
    def add_undated_climate(self, count: int) -> None:
        """Lines whose times count from the start of the boot."""
        lines = [_at(line, START_NS, 0) for line in climate(count, first=self.added)]
        self.spool.add([parse_line(line) for line in lines], boot=self.clock.boot)
        self.added += count
        most = self.limits.batch_lines
        for start in range(0, count, most):
            self.numbers += 1
            self.undated.append((self.numbers, lines[start : start + most]))

    @precondition(lambda self: not self.batch)
    @rule()
    def the_clock_is_set(self) -> None:
        self.clock.set(self.clock.seconds + 1000)
        boot = self.spool.place(right=True)
        while self.spool.date():
            pass
        for number, lines in self.undated:
            dated = tuple(_at(line, 0, boot.start_ns) for line in lines)
            self.waiting.append((number, "environment", dated))
        self.undated = []
        self.waiting.sort()

    @precondition(lambda self: not self.batch)
    @rule()
    def take_a_batch(self) -> None:
        self.drain = self.drain or drain_of(self.spool)
        self.batch = self.drain.batch()
        assert bool(self.batch) == bool(self.waiting)
        taken = [(entry.id, entry.measurement, entry.lines) for entry in self.batch]
        assert taken == self.waiting[: len(taken)], "a batch is not the oldest entries in their order"
        lines = [len(entry.lines) for entry in self.batch]
        assert sum(lines) <= self.limits.batch_lines or len(lines) == 1

    @precondition(lambda self: self.batch)
    @rule(data=st.data())
    def settle_some_of_it(self, data: st.DataObject) -> None:
        assert self.drain is not None
        count = data.draw(st.integers(1, len(self.batch)), label="entries")
        settled, self.batch = self.batch[:count], []
        lines = [line for entry in settled for line in entry.lines]
        bad = [line for line in lines if data.draw(st.integers(0, 9), label="bad") == 0]
        self.drain.reject(settled, [(line, "refused") for line in bad])
        del self.waiting[:count]
        self.dead += [(line, "refused") for line in bad]
        self.rejected += len(bad)
        self.accepted += len(lines) - len(bad)

    @precondition(lambda self: self.batch)
    @rule()
    def keep_it(self) -> None:
        self.batch = []

    @rule()
    def reopen(self) -> None:
        if self.drain is not None:
            self.drain.close()
        self.drain, self.batch = None, []
        self.spool.close()
        self.spool = Spool(self.folder / "spool.sqlite", self.limits, clock=self.clock)

    @invariant()
    def counters_agree(self) -> None:
        if not hasattr(self, "spool"):
            return
        status = self.spool.status()
        depth = sum(len(lines) for _number, _measurement, lines in self.waiting)
        assert status.undated == sum(len(lines) for _number, lines in self.undated)
        assert (status.depth, status.accepted, status.rejected, status.dropped, status.healed) == (
            depth,
            self.accepted,
            self.rejected,
            0,
            0,
        )
        assert [(letter.line, letter.reason) for letter in reversed(self.spool.dead(1000))] == self.dead

    @precondition(lambda self: self.dead and not self.batch)
    @rule()
    def retry_the_dead(self) -> None:
        again = [line for line, _reason in self.dead]
        assert self.spool.retry_dead(Which()) == len(again)
        self.dead = []
        self.rejected -= len(again)
        most = self.limits.batch_lines
        for measurement in dict.fromkeys(line.partition(",")[0] for line in again):
            lines = [line for line in again if line.startswith(f"{measurement},")]
            for start in range(0, len(lines), most):
                self._wait(measurement, lines[start : start + most])

    def teardown(self) -> None:
        if hasattr(self, "spool"):
            if self.drain is not None:
                self.drain.close()
            self.spool.close()
            shutil.rmtree(self.folder)


def _at(line: str, old_start_ns: int, start_ns: int) -> str:
    """``line`` with its time counted from another moment."""
    reading, _, time = line.rpartition(" ")
    return f"{reading} {int(time) - old_start_ns + start_ns}"


SpoolAndList.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestSpoolAgainstAList = SpoolAndList.TestCase
