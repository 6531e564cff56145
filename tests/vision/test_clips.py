"""One suite for every store of clips: a folder, MinIO and SeaweedFS."""

import os
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import pytest

from tests.servers import Influx, S3Server, minio
from vision.clips import (
    CHUNK,
    ClipMissing,
    Clips,
    ClipsMisconfigured,
    ClipsUnavailable,
    DirectoryClips,
    check_key,
    clip_key,
    snapshot_key,
)
from vision.config import ClipsSection
from vision.connect import connect
from vision.s3 import CONNECT_TIMEOUT, PART, S3Clips

KEY = "hutch/2026/05/28/hutch-20260528T140000123Z-1.mp4"
BUCKETS = count()


def s3_clips(server: S3Server, bucket: str = "") -> S3Clips:
    return S3Clips(
        server.endpoint,
        bucket or f"clips-{next(BUCKETS)}",
        server.access_key,
        server.secret_key,
        secure=server.secure,
    )


@pytest.fixture(params=["directory", "minio", "seaweedfs"])
def clips(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clips]:
    store: Clips
    if request.param == "directory":
        store = DirectoryClips(tmp_path / "clips")
    else:
        store = s3_clips(request.getfixturevalue(f"{request.param}_server"))
    with closing(store):
        yield store


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    numbers = count()

    def make(content: bytes) -> Path:
        path = tmp_path / f"source-{next(numbers)}"
        path.write_bytes(content)
        return path

    return make


Make = Callable[[bytes], Path]


def test_what_was_put_is_read_and_known(clips: Clips, file: Make) -> None:
    content = os.urandom(200_000)
    clips.put(KEY, file(content))
    assert b"".join(clips.read(KEY)) == content
    info = clips.stat(KEY)
    assert (info.key, info.size, info.content_type) == (KEY, len(content), "video/mp4")
    assert abs(info.modified - datetime.now(UTC)) < timedelta(minutes=1), "modified is not now, in UTC"


def test_a_snapshot_is_known_as_a_picture(clips: Clips, file: Make) -> None:
    key = KEY.replace(".mp4", ".jpg")
    clips.put(key, file(b"\xff\xd8"))
    assert clips.stat(key).content_type == "image/jpeg"


@pytest.mark.parametrize(
    ("start", "length"),
    [
        (0, 10),
        (0, None),
        (5, None),
        (65_530, 20),
        (99_999, 1),
        (99_990, 500),
        (100_000, None),
        (200_000, 5),
        (7, 0),
    ],
)
def test_a_part_is_what_slicing_gives(clips: Clips, file: Make, start: int, length: int | None) -> None:
    content = os.urandom(100_000)
    clips.put(KEY, file(content))
    stop = None if length is None else start + length
    assert b"".join(clips.read(KEY, start, length)) == content[start:stop]


def test_an_empty_clip_is_a_clip(clips: Clips, file: Make) -> None:
    clips.put(KEY, file(b""))
    assert clips.stat(KEY).size == 0
    assert list(clips.read(KEY)) == []
    assert list(clips.read(KEY, 0, 10)) == []


def test_a_large_clip_streams_both_ways(clips: Clips, file: Make) -> None:
    content = os.urandom(32 * 1024 * 1024)
    path = file(content)
    tracemalloc.start()
    try:
        clips.put(KEY, path)
        received, largest = 0, 0
        for chunk in clips.read(KEY):
            assert chunk == content[received : received + len(chunk)], f"wrong bytes from {received} on"
            received, largest = received + len(chunk), max(largest, len(chunk))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert received == len(content)
    assert largest <= CHUNK
    assert peak < 20 * 1024 * 1024, f"{peak / 1e6:.0f} MB of Python memory for a clip of 34 MB"


def test_putting_again_replaces(clips: Clips, file: Make) -> None:
    clips.put(KEY, file(b"the first, and longer"))
    clips.put(KEY, file(b"the second"))
    assert b"".join(clips.read(KEY)) == b"the second"
    assert [info.size for info in clips.list()] == [10]


def test_what_is_not_there_is_missing(clips: Clips, file: Make) -> None:
    for attempt in ("before the store holds anything", "after"):
        with pytest.raises(ClipMissing, match="there is no clip"):
            clips.stat(KEY)
        with pytest.raises(ClipMissing, match="there is no clip"):
            list(clips.read(KEY))
        assert KEY not in [info.key for info in clips.list()], attempt
        clips.put(f"{KEY}.other", file(b"x"))


def test_a_folder_of_clips_is_no_clip(clips: Clips, file: Make) -> None:
    clips.put(KEY, file(b"x"))
    with pytest.raises(ClipMissing):
        clips.stat("hutch/2026")
    with pytest.raises(ClipMissing):
        list(clips.read("hutch/2026"))


def test_deleting_twice_is_deleting_once(clips: Clips, file: Make) -> None:
    clips.delete(KEY)
    clips.put(KEY, file(b"x"))
    clips.delete(KEY)
    clips.delete(KEY)
    with pytest.raises(ClipMissing):
        clips.stat(KEY)
    assert list(clips.list()) == []


def test_a_source_that_is_missing_is_not_the_stores_fault(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        clips.put(KEY, tmp_path / "nothing")


def test_listing_goes_past_a_thousand_in_the_order_of_keys(clips: Clips, file: Make) -> None:
    path = file(b"x")
    keys = [f"a/{number // 100:02d}/{number:04d}.jpg" for number in range(1010)]
    others = ["a/1.jpg", "a-b/00/0000.jpg", "a.jpg", "b/00/0001.jpg"]
    for key in keys + others:
        clips.put(key, path)
    assert sorted(info.key for info in clips.list()) == sorted(keys + others)
    assert sorted(info.key for info in clips.list("a/")) == sorted([*keys, "a/1.jpg"])
    assert [info.key for info in clips.list("a/0")] == keys[:1000]
    assert [info.key for info in clips.list("a/03/0301")] == ["a/03/0301.jpg"]
    assert [info.key for info in clips.list("nothing/")] == []
    assert {info.size for info in clips.list("b")} == {1}


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/a",
        "a/",
        "a//b",
        "../a",
        "a/../b",
        "a/./b",
        ".a",
        "a/.b",
        "a\\b",
        "a b",
        "ä",
        "a\nb",
        "a\0b",
        "x" * 201,
    ],
)
def test_what_is_no_key_is_refused(key: str, tmp_path: Path) -> None:
    store = DirectoryClips(tmp_path)
    with pytest.raises(ValueError, match="is no key of a clip"):
        store.stat(key)
    for act in (
        lambda: store.put(key, tmp_path),
        lambda: store.read(key),
        lambda: store.delete(key),
        lambda: S3Clips("localhost:1", "bucket", "a", "b").read(key),
    ):
        with pytest.raises(ValueError, match="is no key of a clip"):
            act()


def test_a_negative_part_is_refused(clips: Clips) -> None:
    with pytest.raises(ValueError, match="no part that starts at -1"):
        clips.read(KEY, -1)
    with pytest.raises(ValueError, match="-5 bytes long"):
        clips.read(KEY, 0, -5)


def test_keys_follow_from_the_event() -> None:
    assert clip_key("cage-2-20260528T235959999Z-17") == "cage-2/2026/05/28/cage-2-20260528T235959999Z-17.mp4"
    assert snapshot_key("cage-2-20260528T235959999Z-17").endswith("/cage-2-20260528T235959999Z-17.jpg")
    check_key(clip_key("cage-2-20260528T235959999Z-17"))
    for wrong in ("", "cage", "../../x-20260528T235959999Z-1", "cage-20269928T235959999Z-1"):
        with pytest.raises(ValueError, match=r"no event id|no key|does not match|not enough values"):
            clip_key(wrong)


def test_a_store_killed_in_mid_read_says_so(tmp_path: Path, file: Make) -> None:
    with minio(tmp_path) as server, closing(s3_clips(server)) as store:
        store.put(KEY, file(os.urandom(40 * 1024 * 1024)))
        chunks = store.read(KEY)
        next(chunks)
        server.kill()
        with pytest.raises(ClipsUnavailable, match="cannot be reached"):
            list(chunks)


def test_a_store_that_is_away_says_so_in_every_call(tmp_path: Path, file: Make) -> None:
    store = S3Clips("127.0.0.1:9", "clips", "access", "secret", secure=False)
    with closing(store):
        for act in (
            lambda: store.put(KEY, file(b"x")),
            lambda: store.stat(KEY),
            lambda: list(store.read(KEY)),
            lambda: store.delete(KEY),
            lambda: list(store.list()),
        ):
            with pytest.raises(ClipsUnavailable, match=r"127\.0\.0\.1:9 cannot be reached"):
                act()


class SlowStore(ThreadingHTTPServer):
    """What a store behind a slow uplink looks like: it takes nothing for longer than connecting may take,
    and then the rest.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), SlowUpload)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self.taken = 0


class SlowUpload(BaseHTTPRequestHandler):
    def do_PUT(self) -> None:
        assert isinstance(self.server, SlowStore)
        time.sleep(CONNECT_TIMEOUT + 1)
        self.server.taken = len(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.send_header("ETag", '"x"')
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


def test_a_slow_uplink_is_no_store_that_is_away(file: Make) -> None:
    with SlowStore() as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            where = f"127.0.0.1:{server.server_port}"
            with closing(S3Clips(where, "clips", "access", "secret", secure=False)) as store:
                store.put(KEY, file(bytes(PART)))
        finally:
            server.shutdown()
            serving.join()
    assert server.taken == PART


def test_wrong_keys_are_one_clear_sentence(minio_server: S3Server, file: Make) -> None:
    store = S3Clips(minio_server.endpoint, "clips-x", minio_server.access_key, "wrong", secure=False)
    with closing(store):
        with pytest.raises(ClipsUnavailable, match=r"refuses the access key .* HUTCH_S3_SECRET_KEY"):
            store.put(KEY, file(b"x"))
        with pytest.raises(ClipsUnavailable, match="refuses the access key"):
            store.stat(KEY)


def test_a_web_server_that_is_no_s3_store_says_so(influx_server: Influx, file: Make) -> None:
    endpoint = influx_server.url.removeprefix("http://")
    store = S3Clips(endpoint, "clips", "access", "secret", secure=False)
    with closing(store), pytest.raises(ClipsUnavailable, match="answers no S3"):
        store.put(KEY, file(b"x"))


def test_what_came_in_by_half_is_swept_and_never_seen(tmp_path: Path, file: Make) -> None:
    incoming = tmp_path / "clips" / ".incoming"
    incoming.mkdir(parents=True)
    old, fresh = incoming / "old", incoming / "fresh"
    for path in (old, fresh):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    store = DirectoryClips(tmp_path / "clips")
    assert not old.exists(), "an old half file stays for ever"
    assert fresh.exists(), "another process may still write this one"
    store.put(KEY, file(b"x"))
    assert [info.key for info in store.list()] == [KEY]


def test_a_folder_that_takes_nothing_is_unavailable(tmp_path: Path, file: Make) -> None:
    (tmp_path / "clips").write_text("a file where the folder should be")
    store = DirectoryClips(tmp_path / "clips")
    with pytest.raises(ClipsUnavailable, match="cannot be written"):
        store.put(KEY, file(b"x"))
    with pytest.raises(ClipMissing):
        store.stat(KEY)


def test_connect_opens_what_the_configuration_names(
    tmp_path: Path, minio_server: S3Server, file: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(connect(ClipsSection(), tmp_path)) as store:
        store.put(KEY, file(b"x"))
        assert (tmp_path / "clips" / KEY).read_bytes() == b"x"
    section = ClipsSection(store="s3", endpoint=minio_server.endpoint, bucket="by-config", secure=False)
    monkeypatch.delenv("HUTCH_S3_ACCESS_KEY", raising=False)
    with pytest.raises(ClipsMisconfigured, match="HUTCH_S3_ACCESS_KEY and HUTCH_S3_SECRET_KEY"):
        connect(section, tmp_path)
    monkeypatch.setenv("HUTCH_S3_ACCESS_KEY", minio_server.access_key)
    monkeypatch.setenv("HUTCH_S3_SECRET_KEY", minio_server.secret_key)
    with closing(connect(section, tmp_path)) as store:
        store.put(KEY, file(b"y"))
    keys = tmp_path / "keys"
    keys.write_text(f"{minio_server.access_key}\n{minio_server.secret_key}\n")
    monkeypatch.setenv("HUTCH_S3_SECRET_KEY", "wrong")
    with closing(connect(section.model_copy(update={"credentials_file": keys}), tmp_path)) as store:
        assert b"".join(store.read(KEY)) == b"y"


def test_connect_says_what_to_set(tmp_path: Path) -> None:
    section = ClipsSection(store="s3", endpoint="localhost:9000", credentials_file=tmp_path / "keys")
    with pytest.raises(ClipsMisconfigured, match="cannot be read"):
        connect(section, tmp_path)
    (tmp_path / "keys").write_text("only-one")
    with pytest.raises(ClipsMisconfigured, match="on two lines"):
        connect(section, tmp_path)
    with pytest.raises(ClipsMisconfigured, match="endpoint or bucket"):
        S3Clips("localhost:9000", "No Such Name", "a", "b")
