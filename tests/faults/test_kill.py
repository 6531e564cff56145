"""A collector that is killed again and again: what it accepted is in InfluxDB, once, and nothing else is."""

import random
from pathlib import Path

from tests.faults.processes import collecting, deliver
from tests.faults.stored import Home, once, rows_of


def test_every_accepted_point_is_stored_exactly_once(
    home: Home, tmp_path: Path, rounds: int, chance: random.Random
) -> None:
    offered: list[str] = []
    accepted: list[str] = []
    for number in range(rounds):
        with collecting(home, tmp_path, f"pi{number}") as child:
            child.wait_until_printed(chance.randrange(1, 300), "accepted ")
            child.kill()
            offered += child.told("offered ")
            accepted += child.told("accepted ")
    before = once(home.rows())
    assert before, "no collector has delivered anything itself"
    status = deliver(home, tmp_path)
    stored = once(home.rows())
    lost, foreign = rows_of(accepted) - stored, stored - rows_of(offered)
    assert not lost, f"{len(lost)} of {len(accepted)} accepted points are lost"
    assert not foreign, f"{len(foreign)} points are stored that nobody ever accepted"
    assert (status.rejected, status.dropped, status.healed) == (0, 0, 0)
    late = home.rows("late_window")
    assert status.accepted == len(stored) + len(late), "a point was counted twice, or not at all"
