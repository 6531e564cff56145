"""The queue: what goes in comes out, oldest first, within its bounds, and everything is counted."""

import logging
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collector.config import SpoolSection
from collector.dead_letters import Which
from collector.drain import LeaseLost
from collector.file_lock import FileLock
from collector.spool import Spool, SpoolError, SpoolUnavailable
from collector.syncer import Syncer
from influx import points
from influx.schema import ENVIRONMENT, JOURNAL
from tests.collector.lines import Clock, climate, drain_of, entry, happening, spool_at, take_all
from tests.daemon import wait_until


def test_lines_come_out_in_the_order_they_went_in(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        spool.add_lines("environment", climate(3))
        spool.add_lines("pet_event", [happening(1)])
        spool.add_lines("environment", climate(2, first=3))
        assert spool.status().depth == 6
        assert take_all(spool) == [*climate(3), happening(1), *climate(2, first=3)]
        assert spool.status().depth == 0
        assert spool.status().accepted == 6


def test_points_become_lines_and_notes_keep_their_line_breaks(tmp_path: Path) -> None:
    moment = datetime(2026, 5, 28, 14, tzinfo=UTC)
    warm = points.make(
        ENVIRONMENT, {"node": "pi", "sensor": "s", "location": "den"}, {"temperature": 21.5}, moment
    )
    note = points.make(
        JOURNAL, {"person": "mia", "entry_type": "food"}, {"amount": 2, "note": "two\nlines, ü"}, moment
    )
    with spool_at(tmp_path) as spool:
        spool.add([warm, note])
        assert take_all(spool) == [points.line(warm), points.line(note)]


def test_nothing_added_is_nothing_stored(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        spool.add([])
        spool.add_lines("environment", [])
        assert spool.status().depth == 0


def test_what_was_not_settled_is_delivered_again_after_a_restart(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        spool.add_lines("environment", climate(4))
        spool.add_lines("environment", climate(4, first=4), durable=True)
        with drain_of(spool) as drain:
            first, _second = drain.batch()
            drain.accept([first])
    with spool_at(tmp_path) as spool:
        assert take_all(spool) == climate(4, first=4)
        assert spool.status().accepted == 8


def test_a_batch_holds_about_as_many_lines_as_configured(tmp_path: Path) -> None:
    with spool_at(tmp_path, batch_lines=10) as spool:
        spool.add_lines("environment", climate(25))
        spool.add_lines("environment", climate(3, first=25))
        with drain_of(spool) as drain:
            assert sum(len(each.lines) for each in drain.batch()) == 10
        assert take_all(spool) == climate(28)


def test_a_refused_line_becomes_a_dead_letter_and_its_neighbours_count_as_accepted(tmp_path: Path) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        lines = climate(5)
        spool.add_lines("environment", lines)
        with drain_of(spool) as drain:
            drain.reject(drain.batch(), [(lines[2], "too old")])
        status = spool.status()
        assert (status.depth, status.accepted, status.rejected, status.dead) == (0, 4, 1, 1)
        (letter,) = spool.dead()
        assert (letter.measurement, letter.line, letter.reason) == ("environment", lines[2], "too old")
        assert letter.at == clock()


def test_dead_letters_are_bounded_and_still_counted(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        for first in range(0, 12_000, 4_000):
            spool.add_lines("environment", climate(4_000, first))
            with drain_of(spool) as drain:
                entries = drain.batch()
                drain.reject(entries, [(line, "no") for each in entries for line in each.lines])
        assert spool.status().dead == 10_000
        assert spool.status().rejected == 12_000
        assert spool.dead(1)[0].line == climate(12_000)[-1]


def test_readings_of_a_clock_that_ran_ahead_are_no_dead_letters_that_go_for_their_number(
    tmp_path: Path,
) -> None:
    with spool_at(tmp_path) as spool, drain_of(spool) as drain:
        for first in (0, 5000, 10_000):
            spool.add_lines("environment", climate(5000, first=first))
            entries = drain.batch()
            why = "it lies in the future" if first == 0 else "no"
            drain.reject(entries, [(line, why) for entry in entries for line in entry.lines])
        assert spool.status().dead == 15_000
        assert spool.retry_dead(Which(reason="in the future")) == 5000


def test_one_drains_at_a_time_and_a_closed_drain_settles_nothing(tmp_path: Path) -> None:
    with spool_at(tmp_path) as first, spool_at(tmp_path) as second:
        first.add_lines("environment", climate(1))
        drain = drain_of(first)
        assert first.drain() is None
        assert second.drain() is None
        entries = drain.batch()
        drain.close()
        taken_over = drain_of(second)
        with pytest.raises(LeaseLost, match="another"):
            drain.accept(entries)
        with pytest.raises(LeaseLost):
            drain.batch()
        drain.close()
        assert first.drain() is None, "closing a drain twice must not free another's lease"
        taken_over.close()
        assert take_all(first) == climate(1)


def test_when_full_the_oldest_telemetry_goes_first_and_is_counted(tmp_path: Path) -> None:
    with spool_at(tmp_path, max_bytes=2**20) as spool:
        spool.add_lines("journal", [entry(1)])
        spool.add_lines("pet_event", [happening(1)])
        for number in range(300):
            spool.add_lines("environment", climate(100, first=100 * number))
        status = spool.status()
        assert status.size <= 2**20
        assert status.dropped > 0
        assert status.depth + status.dropped == 30_002
        left = take_all(spool)
        assert left[:2] == [entry(1), happening(1)]
        assert left[2:] == climate(30_000)[-(len(left) - 2) :], "the newest telemetry is not what was kept"


def test_when_full_of_events_telemetry_is_given_up_before_any_of_them(tmp_path: Path) -> None:
    with spool_at(tmp_path, max_bytes=2**20) as spool:
        spool.add_lines("journal", [entry(1)])
        number = 0
        while not spool.status().dropped:
            number += 50
            spool.add_lines("pet_event", [happening(number + each) for each in range(50)])
        spool.add_lines("environment", climate(400))
        left = take_all(spool)
        assert not [line for line in left if line.startswith("environment")]
        assert left[0] == entry(1), "what people wrote goes last"


def test_when_full_dead_letters_go_before_anything_that_waits(tmp_path: Path) -> None:
    with spool_at(tmp_path, max_bytes=2**20) as spool:
        spool.add_lines("environment", climate(2000))
        with drain_of(spool) as drain:
            entries = drain.batch()
            drain.reject(entries, [(line, "no") for each in entries for line in each.lines])
        spool.add_lines("pet_event", [happening(1)])
        for _ in range(3):
            spool.add_lines("environment", climate(3000))
        status = spool.status()
        assert status.dead < 2000
        assert status.size <= 2**20
        assert (status.rejected, status.dropped) == (2000, 0)


def test_an_add_larger_than_the_spool_is_refused_whole(tmp_path: Path) -> None:
    with spool_at(tmp_path, max_bytes=2**20) as spool:
        spool.add_lines("environment", climate(1))
        with pytest.raises(
            SpoolError, match=r"bytes of environment are more than half of the spool's 1048576"
        ):
            spool.add_lines("environment", climate(9000))
        assert take_all(spool) == climate(1)


def test_telemetry_older_than_the_bound_goes_but_events_stay(tmp_path: Path) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock, max_age=timedelta(days=3)) as spool:
        spool.add_lines("environment", climate(2))
        spool.add_lines("pet_event", [happening(1)])
        clock.seconds += 2 * 86_400
        spool.add_lines("environment", climate(1, first=2))
        clock.seconds += 2 * 86_400
        assert spool.status().oldest_age == 4 * 86_400
        spool.add_lines("environment", climate(1, first=3))
        assert spool.status().dropped == 2
        assert take_all(spool) == [happening(1), *climate(2, first=2)]


def test_what_aged_while_nothing_ran_goes_at_the_start(tmp_path: Path) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(2))
    clock.seconds += 31 * 86_400
    with spool_at(tmp_path, clock) as spool:
        assert (spool.status().depth, spool.status().dropped) == (0, 2)


@pytest.mark.parametrize("restarted", [False, True], ids=["set by hand", "a battery clock at the next start"])
def test_a_clock_that_no_time_server_keeps_drops_nothing_for_its_age(tmp_path: Path, restarted: bool) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(2))
        assert spool.status().ages
    clock.set_by_hand(clock.seconds + 365 * 86_400)
    if restarted:
        clock.reboot(shown=clock.seconds)
        clock.right = True
    with spool_at(tmp_path, clock) as spool:
        for number in range(3):
            clock.seconds += 100
            spool.add_lines("environment", climate(1, first=2 + number))
        status = spool.status()
        assert (status.depth, status.dropped, status.ages) == (5, 0, False)


def test_the_bound_in_bytes_holds_where_nothing_goes_for_its_age(tmp_path: Path) -> None:
    clock = Clock()
    clock.served = False
    with spool_at(tmp_path, clock, max_bytes=2**20) as spool:
        for number in range(60):
            spool.add_lines("environment", climate(200, first=200 * number))
        assert spool.status().dropped > 0
        assert spool.status().size <= 2**20


def test_a_battery_clock_that_ran_ahead_drops_nothing_when_a_server_puts_it_right(tmp_path: Path) -> None:
    clock = Clock()
    true = clock.seconds
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(2))
    clock.reboot(shown=true + 365 * 86_400)
    clock.right, clock.served = True, False
    with spool_at(tmp_path, clock) as spool:
        clock.seconds += 300
        spool.add_lines("environment", climate(1, first=2))
        clock.set(true + 305)
        for number in range(3):
            clock.seconds += 100
            spool.add_lines("environment", climate(1, first=3 + number))
        assert (spool.status().depth, spool.status().dropped) == (6, 0)


def test_what_is_too_old_goes_when_a_time_server_keeps_the_clock_again(tmp_path: Path) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(2))
        clock.served = False
        clock.seconds += 31 * 86_400
        spool.add_lines("environment", climate(1, first=2))
        assert spool.status().dropped == 0
        clock.served = True
        clock.seconds += 100
        spool.add_lines("environment", climate(1, first=3))
        assert (spool.status().depth, spool.status().dropped) == (2, 2)


def test_a_clock_that_goes_back_makes_nothing_negative(tmp_path: Path) -> None:
    clock = Clock()
    with spool_at(tmp_path, clock) as spool:
        spool.add_lines("environment", climate(1))
        clock.jump(-1000)
        assert spool.status().oldest_age == 0


def test_what_was_dropped_during_delivery_is_not_counted_twice(tmp_path: Path) -> None:
    with spool_at(tmp_path, max_bytes=2**20) as spool:
        spool.add_lines("environment", climate(100))
        with drain_of(spool) as drain:
            entries = drain.batch()
            while not spool.status().dropped:
                spool.add_lines("environment", climate(2000, first=100))
            drain.accept(entries)
        status = spool.status()
        assert status.dropped >= 100
        assert status.accepted == 0


def test_threads_that_add_at_once_lose_nothing(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:

        def add(part: int) -> None:
            for number in range(50):
                spool.add_lines(
                    "environment", climate(2, first=part * 1000 + 2 * number), durable=number % 5 == 0
                )

        threads = [threading.Thread(target=add, args=(part,)) for part in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        expected = {line for part in range(8) for line in climate(100, first=part * 1000)}
        taken = take_all(spool)
        assert len(taken) == 800
        assert set(taken) == expected


def test_an_add_of_another_process_is_seen(tmp_path: Path) -> None:
    with spool_at(tmp_path) as mine, spool_at(tmp_path) as other, drain_of(mine) as drain:
        assert drain.batch() == []
        other.add_lines("environment", climate(1))
        assert [each.lines for each in drain.batch()] == [tuple(climate(1))]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_adds_with_a_connection_of_its_own(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        spool.add_lines("environment", climate(1))
        child = os.fork()
        if child == 0:
            try:
                spool.add_lines("environment", climate(1, first=1))
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0, "the child could not add"
        spool.add_lines("environment", climate(1, first=2))
        assert take_all(spool) == climate(3)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_child_forked_in_the_midst_of_an_add_adds_too(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        gate = FileLock(tmp_path / "spool.sqlite.lock")
        gate.take()
        adding = threading.Thread(target=spool.add_lines, args=("environment", climate(1)))
        adding.start()
        assert wait_until(lambda: spool._committing, 5)
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # ends a child that waits for a thread it does not have
            try:
                spool.add_lines("environment", climate(1, first=1))
                os._exit(0)
            finally:
                os._exit(1)
        gate.close()
        adding.join()
        assert os.waitpid(child, 0)[1] == 0, "the child could not add"
        assert sorted(take_all(spool)) == sorted(climate(2))


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    with spool_at(tmp_path / "data" / "node") as spool:
        spool.add_lines("environment", climate(1))
        assert take_all(spool) == climate(1)


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SpoolUnavailable, match=r"spool.sqlite cannot be used now"):
        Spool(tmp_path / "file" / "spool.sqlite", limits())


def test_a_path_that_is_no_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "spool.sqlite").mkdir()
    with pytest.raises(SpoolUnavailable, match=r"spool.sqlite cannot be used now"):
        Spool(tmp_path / "spool.sqlite", limits())


def test_a_closed_spool_says_so(tmp_path: Path) -> None:
    with spool_at(tmp_path) as spool:
        spool.close()
        with pytest.raises(SpoolError, match="closed"):
            spool.add_lines("environment", climate(1))


def test_the_log_is_synced_soon_after_an_add(tmp_path: Path) -> None:
    synced = threading.Event()
    syncer = Syncer(synced.set)
    assert not synced.is_set()
    syncer.touch()
    assert wait_until(synced.is_set, 5), "nothing was synced"
    syncer.close()


def test_a_sync_that_fails_is_told_once_and_so_is_its_return(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="collector")
    outcomes = [OSError("no such disk"), OSError("no such disk"), None]
    tries = 0

    def sync() -> None:
        nonlocal tries
        tries += 1
        outcome = outcomes[tries - 1]
        if outcome is not None:
            raise outcome

    syncer = Syncer(sync)
    syncer.touch()
    assert wait_until(lambda: tries == 3, 10), f"after {tries} tries it does not try again"
    syncer.close()
    assert tries == 3, "it syncs where nothing is new"
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"], caplog.text


def test_what_could_not_be_synced_is_tried_once_more_at_the_end() -> None:
    tried = threading.Event()
    tries: list[bool] = []

    def sync() -> None:
        tries.append(tried.is_set())
        tried.set()
        raise OSError("no such disk")

    syncer = Syncer(sync)
    syncer.touch()
    assert tried.wait(10), "nothing was synced"
    syncer.close()
    assert tries[-1], "the last sync failed and nobody tried again"


def limits() -> SpoolSection:
    return SpoolSection()
