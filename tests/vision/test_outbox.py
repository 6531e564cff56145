"""What was recorded is stored in the end, and the event's point says how far it is."""

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.daemon import wait_until
from tests.servers import minio
from tests.vision.home import Home, home
from tests.vision.sources import event
from vision.clips import ClipsUnavailable, clip_key, snapshot_key
from vision.events import CLIP_LOST, CLIP_NONE, CLIP_STORED, CLIP_WAITING, Event
from vision.outbox import Outbox, health
from vision.s3 import S3Clips

HAPPENED = event(1, 3)
WAITING = replace(HAPPENED, clip=clip_key(HAPPENED.id), clip_state=CLIP_WAITING)


@pytest.fixture
def cage(tmp_path: Path) -> Iterator[Home]:
    with home(tmp_path) as made:
        yield made


@contextmanager
def running(outbox: Outbox) -> Iterator[None]:
    thread = threading.Thread(target=outbox.run)
    thread.start()
    try:
        yield
    finally:
        outbox.close()
        thread.join(10)
        assert not thread.is_alive(), "the outbox does not stop"


def accept(cage: Home, happened: Event, *, clip: bool = True, snapshot: bool = True) -> None:
    files = []
    for name, wanted in (("clip", clip), ("snapshot", snapshot)):
        path = cage.data_dir / name
        path.write_bytes(name.encode())
        files.append(path if wanted else None)
    cage.outbox.accept(happened, *files)


def test_a_clip_waits_then_is_stored_with_its_snapshot(cage: Home) -> None:
    accept(cage, WAITING)
    waiting = cage.events()[HAPPENED.id]
    assert (waiting["clip_state"], waiting["snapshot"]) == (CLIP_WAITING, "")
    cage.store_all()
    stored = cage.events()[HAPPENED.id]
    assert stored["clip_state"] == CLIP_STORED
    assert stored["clip"] == clip_key(HAPPENED.id)
    assert stored["snapshot"] == snapshot_key(HAPPENED.id)
    assert b"".join(cage.clips.read(str(stored["clip"]))) == b"clip"
    assert b"".join(cage.clips.read(str(stored["snapshot"]))) == b"snapshot"
    assert cage.leftovers() == []


def test_an_event_without_a_clip_has_its_snapshot_stored(cage: Home) -> None:
    accept(cage, HAPPENED, clip=False)
    cage.store_all()
    stored = cage.events()[HAPPENED.id]
    assert (stored["clip"], stored["clip_state"], stored["snapshot"]) == (
        "",
        CLIP_NONE,
        snapshot_key(HAPPENED.id),
    )
    assert [info.key for info in cage.clips.list()] == [snapshot_key(HAPPENED.id)]


def test_an_event_with_neither_leaves_nothing_waiting(cage: Home) -> None:
    accept(cage, HAPPENED, clip=False, snapshot=False)
    assert cage.events()[HAPPENED.id]["clip_state"] == CLIP_NONE
    assert cage.outbox.waiting() == []


def test_a_clip_that_somebody_took_out_of_the_outbox_is_lost(cage: Home) -> None:
    accept(cage, WAITING)
    (cage.outbox.folder / f"{HAPPENED.id}.mp4").unlink()
    cage.store_all()
    fields = cage.events()[HAPPENED.id]
    assert (fields["clip"], fields["clip_state"]) == ("", CLIP_LOST)


def test_storing_again_after_a_crash_changes_nothing(cage: Home) -> None:
    accept(cage, WAITING)
    saved = {path.name: path.read_bytes() for path in cage.outbox.folder.iterdir()}
    cage.store_all()
    once = cage.events()
    for name, content in saved.items():  # as if it had been killed just before it removed them
        (cage.outbox.folder / name).write_bytes(content)
    cage.store_all()
    assert cage.events() == once
    assert cage.leftovers() == []


def test_a_spoiled_item_does_not_keep_the_others_back(cage: Home, caplog: pytest.LogCaptureFixture) -> None:
    (cage.outbox.folder / "cage-20200101T000000000Z-1.json").write_text("spoiled")
    accept(cage, WAITING)
    with running(cage.outbox):
        assert wait_until(lambda: len(cage.outbox.waiting()) == 1, 10), "the good one is not stored"
        another = event(5, 6)
        accept(cage, another, clip=False)
        assert wait_until(lambda: bool(cage.events()[another.id]["snapshot"]), 10)
    assert cage.events()[HAPPENED.id]["clip_state"] == CLIP_STORED
    assert caplog.text.count("cage-20200101T000000000Z-1 cannot be stored") == 1


def test_a_clip_that_cannot_be_stored_keeps_no_other_back(
    cage: Home, caplog: pytest.LogCaptureFixture
) -> None:
    first = replace(event(0, 1), clip=clip_key(event(0, 1).id), clip_state=CLIP_WAITING)
    in_its_way = cage.data_dir / "clips" / first.clip / "folder"
    in_its_way.mkdir(parents=True)
    accept(cage, first)
    accept(cage, WAITING)
    with running(cage.outbox):
        assert wait_until(lambda: cage.events()[HAPPENED.id]["clip_state"] == CLIP_STORED, 20)
        assert cage.events()[first.id]["clip_state"] == CLIP_WAITING
        in_its_way.rmdir()
        in_its_way.parent.rmdir()
        assert wait_until(lambda: cage.events()[first.id]["clip_state"] == CLIP_STORED, 20), "it is given up"
    assert caplog.text.count("clips wait in the outbox") == 1


def test_a_store_that_goes_away_and_comes_back(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "server").mkdir()
    with minio(tmp_path / "server") as server:
        store = S3Clips(server.endpoint, "clips", server.access_key, server.secret_key, secure=False)
        server.kill()
        with closing(store), home(tmp_path, store) as cage, caplog.at_level(logging.INFO, "vision"):
            accept(cage, WAITING)
            second = replace(event(5, 6), clip=clip_key(event(5, 6).id), clip_state=CLIP_WAITING)
            with running(cage.outbox):
                assert wait_until(lambda: "clips wait in the outbox" in caplog.text, 20)
                accept(cage, second)
                states = {fields["clip_state"] for fields in cage.events().values()}
                assert states == {CLIP_WAITING}
                server.start()
                assert wait_until(lambda: not cage.outbox.waiting(), 60), "nothing is stored after its return"
                assert wait_until(lambda: "clips are stored again" in caplog.text, 20)
            assert {fields["clip_state"] for fields in cage.events().values()} == {CLIP_STORED}
            for known in (WAITING, second):
                assert b"".join(store.read(known.clip)) == b"clip"
                assert b"".join(store.read(snapshot_key(known.id))) == b"snapshot"
            logged = [record.message.split(":")[0] for record in caplog.records]
            assert logged == ["clips wait in the outbox", "clips are stored again"]


def test_a_store_that_is_away_for_an_hour_costs_nothing_and_is_counted(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    outboxes, events = (
        tmp_path / "home" / "outbox",
        [event(60 * minute, 60 * minute + 5) for minute in range(60)],
    )
    (tmp_path / "home").mkdir()
    with minio(tmp_path / "server") as server:
        store = S3Clips(server.endpoint, "clips", server.access_key, server.secret_key, secure=False)
        server.kill()
        with closing(store), home(tmp_path / "home", store) as cage:
            for number, happened in enumerate(events):
                accept(cage, replace(happened, clip=clip_key(happened.id), clip_state=CLIP_WAITING))
                over = happened.end.timestamp()
                os.utime(cage.outbox.waiting()[-1], (over, over))
                told = health(outboxes, "pi", over + 1).fields
                assert (told["depth"], told["oldest_age"]) == (number + 1, 60 * number + 1)
            with pytest.raises(ClipsUnavailable):
                cage.outbox.store(cage.outbox.waiting()[0])
            assert {fields["clip_state"] for fields in cage.events().values()} == {CLIP_WAITING}
            server.start()
            with running(cage.outbox):
                assert wait_until(lambda: not cage.outbox.waiting(), 60), "nothing is stored after its return"
            assert {fields["clip_state"] for fields in cage.events().values()} == {CLIP_STORED}
            assert len(list(store.list())) == 2 * len(events)
            assert health(outboxes, "pi", over + 60).fields == {"depth": 0, "oldest_age": 0.0}
            assert cage.leftovers() == []


def test_an_outbox_that_waits_stops_at_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = S3Clips("127.0.0.1:9", "clips", "access", "secret", secure=False)
    with closing(store), home(tmp_path, store) as cage:
        accept(cage, WAITING)
        with running(cage.outbox):
            assert wait_until(lambda: "clips wait in the outbox" in caplog.text, 20)
        assert len(cage.outbox.waiting()) == 1, "what was not stored is gone"
