"""Cameras on the network, in an owner's words."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.vision.cameras.test_url import sender
from tests.vision.sources import payloads, video
from vision.cameras import BadCamera, open_camera
from vision.cameras.network import HttpOptions, RtspOptions
from vision.config import CameraSection
from vision.stream import CameraLost, TimedPacket


def section(kind: str, **options: Any) -> CameraSection:
    return CameraSection.model_validate({"kind": kind, "name": "yard", "location": "home", **options})


@contextmanager
def asked() -> Iterator[tuple[int, list[bytes]]]:
    """A port where somebody notes what is asked, and asks who it is."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hear() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                with connection:
                    heard.append(connection.recv(4096))
                    connection.sendall(
                        b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n'
                        b"Content-Length: 0\r\nConnection: close\r\n\r\n"
                    )

        thread = threading.Thread(target=hear, daemon=True)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(5)


@pytest.fixture(scope="module")
def mjpeg(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three seconds of a webcam, one JPEG after the other."""
    return video(tmp_path_factory.mktemp("http") / "a.mjpeg", 3, codec="mjpeg").read_bytes()


def test_a_webcam_over_http_comes_as_h264(mjpeg: bytes) -> None:
    given: list[TimedPacket] = []
    with sender(mjpeg) as server:
        stream = HttpOptions(url=server.url, timeout=5).camera("yard").open()
        assert stream.video.codec_context.name == "h264"
        with pytest.raises(CameraLost, match="camera 'yard' was lost: it ended its stream"):
            given.extend(stream.packets())
        stream.close()
    assert len(given) >= 28


def test_a_webcam_is_left_as_it_is_where_told(mjpeg: bytes) -> None:
    with sender(mjpeg) as server:
        stream = HttpOptions(url=server.url, timeout=5, encode=False).camera("yard").open()
        assert stream.video.codec_context.name == "mjpeg"
        stream.close()


def test_h264_over_http_is_never_encoded_anew(tmp_path: Path) -> None:
    recording = video(tmp_path / "a.ts", 3)
    given: list[bytes] = []
    with sender(recording.read_bytes()) as server:
        stream = HttpOptions(url=server.url, timeout=5).camera("yard").open()
        with pytest.raises(CameraLost):
            given.extend(bytes(timed.packet) for timed in stream.packets())
        stream.close()
    assert len(given) >= 28
    assert given == payloads(recording)[: len(given)]


def test_who_logs_in_is_told_to_the_camera_and_to_nobody_else(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("p@ss/wo:rd\n")
    with asked() as (port, heard):
        camera = open_camera(
            section(
                "http",
                url=f"http://127.0.0.1:{port}/live",
                username="owner",
                password_file=str(password),
                timeout=3,
            )
        )
        with pytest.raises(CameraLost) as caught:
            camera.open()
    assert b"Authorization: Basic b3duZXI6cEBzcy93bzpyZA==" in heard[1]
    assert "p@ss" not in str(caught.value)


def test_a_login_takes_the_place_of_the_address_own(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("new")
    options = RtspOptions(url="rtsp://old:older@cam/a@b", username="me", password_file=password)
    assert options.address(options.url) == "rtsp://me:new@cam/a@b"


def test_a_password_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "password"
    options = RtspOptions(url="rtsp://127.0.0.1:9/a", username="me", password_file=missing)
    with pytest.raises(CameraLost) as caught:
        options.camera("yard").open()
    assert str(caught.value) == (
        f"camera 'yard' cannot be opened: {missing} cannot be read (No such file or directory)"
    )


@pytest.mark.parametrize(
    ("kind", "url", "sentence"),
    [
        (
            "rtsp",
            "http://u:pssst@cam/1",
            "is no rtsp address; write one like rtsp://192.168.1.20:554/stream1",
        ),
        ("rtsp", "rtsp:///pssst", "is no rtsp address; write one like rtsp://192.168.1.20:554/stream1"),
        ("http", "cam/pssst", "is no http address; write one like http://192.168.1.21:81/stream"),
    ],
)
def test_an_address_of_another_kind_is_refused_without_telling_it(kind: str, url: str, sentence: str) -> None:
    with pytest.raises(BadCamera) as caught:
        open_camera(section(kind, url=url))
    assert str(caught.value) == f"camera 'yard': url: {sentence}"
