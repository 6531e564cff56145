"""However many watch: one stream from the camera, the newest picture for each, nobody waits for anybody."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.api.home import Home
from tests.api.running_camera import RunningCamera, camera
from tests.daemon import until
from vision.address import node_address, prepare

TIME = re.compile(rb"X-Frame-Time: (\S+)")


@pytest.fixture
def cage(home: Home) -> Iterator[RunningCamera]:
    with camera(home.context.data_dir, "cage") as running:
        yield running


def test_many_watchers_are_one_stream_from_the_camera(cage: RunningCamera, client: httpx.Client) -> None:
    with ExitStack() as stack:
        watchers = [
            stack.enter_context(client.stream("GET", "/live", params={"fps": "10"})).iter_raw()
            for _ in range(20)
        ]
        for chunks in watchers:
            got = b""
            while got.count(b"--frame\r\n") < 3:
                got += next(chunks)
            assert got.startswith(b"--frame\r\nContent-Type: image/jpeg\r\n")
        assert cage.live.watchers == 1
    until("the camera is let go", lambda: cage.live.watchers == 0)


def test_rates_that_differ_much_are_streams_of_their_own(cage: RunningCamera, client: httpx.Client) -> None:
    with ExitStack() as stack:
        watchers = [
            stack.enter_context(client.stream("GET", "/live", params={"fps": fps})).iter_raw()
            for fps in ("30", "17", "1", "0.5")
        ]
        for chunks in watchers:
            assert next(chunks).startswith(b"--frame\r\n")
        until("two rates are streamed", lambda: cage.live.watchers == 2)


def test_one_who_does_not_read_keeps_nobody_waiting(
    cage: RunningCamera, home: Home, client: httpx.Client
) -> None:
    host, port = home.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as lazy:
        lazy.sendall(b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with client.stream("GET", "/live") as answer:
            got, began = b"", cage.live.seq
            for chunk in answer.iter_raw():
                got += chunk
                if cage.live.seq >= began + 30:
                    break
        assert len(TIME.findall(got)) >= 20, "the quick one missed pictures"
        lazy.settimeout(10)
        first = lazy.recv(1 << 16)
        assert b"200 OK" in first
    until("the camera is let go", lambda: cage.live.watchers == 0)


def test_when_the_camera_goes_every_stream_ends_and_a_new_one_works(home: Home, client: httpx.Client) -> None:
    with camera(home.context.data_dir, "cage"):
        stack = ExitStack()
        streams = [stack.enter_context(client.stream("GET", "/live")) for _ in range(3)]
        chunks = [stream.iter_raw() for stream in streams]
        for each in chunks:
            next(each)
    with stack:
        for each in chunks:
            assert b"".join(each).endswith(b"\r\n--frame\r\n"), "it ends within a picture"
    assert client.get("/live").status_code == 503
    with camera(home.context.data_dir, "cage"), client.stream("GET", "/live") as answer:
        assert answer.status_code == 200


def test_a_process_that_speaks_nonsense_ends_the_stream(
    home: Home, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    address = node_address(home.context.data_dir, "cage")
    prepare(address)
    nonsense = (b"--frame\r\nContent-Length: many\r\n\r\n", b"--frame\r\n\r\n\r\n", b"x" * 100)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(address))
        listener.listen()

        def speak(body: bytes) -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body)

        for body in nonsense:
            speaker = threading.Thread(target=speak, args=(body,))
            speaker.start()
            with client.stream("GET", "/live") as answer:
                assert answer.read() == b"--frame\r\n"
            speaker.join()
    assert not caplog.records, [record.getMessage() for record in caplog.records]


def test_a_rate_that_is_none_is_refused(empty_client: httpx.Client) -> None:
    for fps in ("0", "-1", "31", "nan", "x"):
        assert empty_client.get("/live", params={"fps": fps}).status_code == 422
