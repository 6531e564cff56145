"""The queue beside a plain list that does the same: whatever order calls come in, both agree."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from collector.config import SpoolSection
from collector.drain import Drain
from collector.entry import Entry
from collector.spool import Spool
from tests.collector.lines import Clock, climate, drain_of, happening


class SpoolAndList(RuleBasedStateMachine):
    """Entries of the model are (measurement, lines), in the order they were added."""

    @initialize(batch_lines=st.integers(1, 30))
    def open(self, batch_lines: int) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.limits = SpoolSection(batch_lines=batch_lines)
        self.spool = Spool(self.folder / "spool.sqlite", self.limits, clock=Clock())
        self.waiting: list[tuple[str, tuple[str, ...]]] = []
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
            self.waiting.append(("environment", tuple(lines[start : start + most])))

    @rule()
    def add_an_event(self) -> None:
        line = happening(self.added)
        self.spool.add_lines("pet_event", [line])
        self.added += 1
        self.waiting.append(("pet_event", (line,)))

    @precondition(lambda self: not self.batch)
    @rule()
    def take_a_batch(self) -> None:
        self.drain = self.drain or drain_of(self.spool)
        self.batch = self.drain.batch()
        assert bool(self.batch) == bool(self.waiting)
        taken = [(entry.measurement, entry.lines) for entry in self.batch]
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
        self.spool = Spool(self.folder / "spool.sqlite", self.limits, clock=Clock())

    @invariant()
    def counters_agree(self) -> None:
        if not hasattr(self, "spool"):
            return
        status = self.spool.status()
        depth = sum(len(lines) for _measurement, lines in self.waiting)
        assert (status.depth, status.accepted, status.rejected, status.dropped, status.healed) == (
            depth,
            self.accepted,
            self.rejected,
            0,
            0,
        )
        assert [(letter.line, letter.reason) for letter in reversed(self.spool.dead(1000))] == self.dead

    def teardown(self) -> None:
        if hasattr(self, "spool"):
            if self.drain is not None:
                self.drain.close()
            self.spool.close()
            shutil.rmtree(self.folder)


SpoolAndList.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestSpoolAgainstAList = SpoolAndList.TestCase
