import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.vision.sources import video
from vision.cameras.live import LiveCamera
from vision.cameras.url import UrlOptions
from vision.packets import Coded, coded
from vision.stream import CameraLost


class Sender:
    """A camera on the network: answers HTTP with the bytes it is given, then ends or says nothing more."""

    def __init__(self, body: bytes, *, hangs: bool) -> None:
        self._body = body
        self._over = threading.Event()
        self._hangs = hangs
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://user:secret@127.0.0.1:{self._listener.getsockname()[1]}/live"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                if b"GET" in connection.recv(4096):
                    self._send(connection)

    def _send(self, connection: socket.socket) -> None:
        try:
            length = b"" if self._hangs else b"Content-Length: %d\r\n" % len(self._body)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + length + b"\r\n" + self._body)
            if self._hangs:
                self._over.wait(30)
        except OSError:
            return

    def close(self) -> None:
        self._over.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@contextmanager
def sender(body: bytes, *, hangs: bool = False) -> Iterator[Sender]:
    server = Sender(body, hangs=hangs)
    try:
        yield server
    finally:
        server.close()


def camera(url: str, timeout: float = 5) -> LiveCamera:
    return LiveCamera("yard", (UrlOptions(url=url, timeout=timeout).source,), now=lambda: 1000.0)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return video(tmp_path_factory.mktemp("url") / "a.ts", 3).read_bytes()


def test_a_live_source_gives_stamped_packets_until_it_is_lost(recording: bytes) -> None:
    times: list[float] = []
    with sender(recording) as server:
        stream = camera(server.url).open()
        assert not stream.ends
        assert stream.video.codec_context.name == "h264"
        with pytest.raises(CameraLost, match="camera 'yard' was lost: it ended its stream"):
            times.extend(timed.time for timed in stream.packets())
    assert len(times) >= 28
    assert times == sorted(times)
    assert times[-1] <= 1000.0


@pytest.mark.parametrize("format_", ["mjpeg", "mpjpeg"])
def test_pictures_without_a_clock_are_as_old_as_their_arrival(format_: str) -> None:
    done, jpeg = cv2.imencode(".jpg", np.full((120, 160, 3), 90, np.uint8))
    assert done
    head = b"" if format_ == "mjpeg" else b"\r\n--f\r\nContent-Type: image/jpeg\r\n\r\n"
    with sender(30 * (head + jpeg.tobytes()) + head[:6]) as server:
        arrivals = count(1000.0, 0.5)
        options = UrlOptions(url=server.url, format=format_, timeout=5)
        camera = LiveCamera("yard", (options.source,), encodes=False, now=lambda: next(arrivals))
        stream = camera.open()
        pictures: list[Coded] = []
        with pytest.raises(CameraLost):
            pictures.extend(map(coded, stream.packets()))
    assert len(pictures) >= 28
    assert [picture.time for picture in pictures] == [1000 + 0.5 * number for number in range(len(pictures))]
    assert {picture.dts for picture in pictures} == {None}, "clips are to play at the pace of the pictures"


def test_a_source_that_falls_silent_is_lost_after_the_timeout(recording: bytes) -> None:
    with sender(recording, hangs=True) as server:
        stream = camera(server.url, timeout=1.0).open()
        with pytest.raises(CameraLost, match="camera 'yard' was lost: it gave nothing within the timeout"):
            list(stream.packets())


def test_a_source_that_never_answers_is_lost_after_the_timeout() -> None:
    with sender(b"", hangs=True) as server, pytest.raises(CameraLost, match="nothing within the timeout"):
        camera(server.url, timeout=0.5).open()


def test_a_source_that_is_not_there_is_lost_and_its_password_is_not_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CameraLost, match="camera 'yard' cannot be opened: Connection refused") as caught:
        camera(f"http://user:secret@127.0.0.1:{port}/live").open()
    assert "secret" not in str(caught.value)


def test_a_source_that_sends_no_video_is_lost() -> None:
    with (
        sender(b"<html>log in first</html>" * 100) as server,
        pytest.raises(CameraLost, match="'yard' cannot"),
    ):
        camera(server.url).open()


def test_closing_ends_the_packets(recording: bytes) -> None:
    with sender(recording, hangs=True) as server:
        stream = camera(server.url).open()
        packets = stream.packets()
        next(packets)
        stream.close()
        assert list(packets) == []


def test_a_device_that_is_not_there_is_lost(tmp_path: Path) -> None:
    with pytest.raises(CameraLost, match="camera 'yard' cannot be opened: No such file"):
        camera(str(tmp_path / "video0")).open()


def test_a_format_nobody_knows_is_lost() -> None:
    options = UrlOptions(url="/dev/null", format="nonsense")
    with pytest.raises(CameraLost, match="camera 'yard' cannot be opened"):
        options.camera("yard").open()
