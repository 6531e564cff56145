"""A file over a network that cuts, lies and is slow."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hutch.fetch import FetchError, fetch

CONTENT = bytes(range(256)) * 2000
SUM = hashlib.sha256(CONTENT).hexdigest()


@dataclass
class Site:
    """A server with one file; it may cut each answer, know no ranges, or say no length."""

    content: bytes = CONTENT
    cut_after: int | None = None
    cuts: int = 1_000
    ranges: bool = True
    length: bool = True
    status: int = 200
    asked: list[str] = field(default_factory=list)
    address: str = ""


@contextmanager
def serving(site: Site) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved/model.onnx":
                self.send_response(302)
                self.send_header("Location", "/model.onnx")
                self.end_headers()
                return
            wanted = self.headers.get("Range", "")
            site.asked.append(wanted)
            begin = int(wanted[6:-1]) if wanted and site.ranges else 0
            if begin and begin >= len(site.content):
                self.send_error(416)
                return
            if site.status != 200:
                self.send_error(site.status)
                return
            self.send_response(206 if begin else 200)
            if begin:
                whole = len(site.content)
                self.send_header("Content-Range", f"bytes {begin}-{whole - 1}/{whole}")
            if site.length:
                self.send_header("Content-Length", str(len(site.content) - begin))
            self.end_headers()
            body = site.content[begin:]
            if site.cut_after is not None and site.cuts > 0:
                site.cuts -= 1
                body = body[: site.cut_after]
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_what: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/model.onnx"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_file_comes_whole_and_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    target = tmp_path / "models" / "model.onnx"
    with serving(Site()) as url:
        fetch(url, target, sha256=SUM.upper(), progress=lambda have, of: told.append((have, of)))
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["model.onnx"]
    assert told[-1] == (len(CONTENT), len(CONTENT))
    assert told == sorted(told)


def test_a_server_that_sends_elsewhere_is_followed(tmp_path: Path) -> None:
    with serving(Site()) as url:
        fetch(url.replace("/model", "/moved/model"), tmp_path / "model.onnx", sha256=SUM)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_one_that_says_no_length_is_taken_to_its_end(tmp_path: Path) -> None:
    with serving(Site(length=False)) as url:
        fetch(url, tmp_path / "model.onnx", sha256=SUM)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize("ranges", [True, False])
def test_after_a_cut_it_goes_on_or_begins_again(tmp_path: Path, ranges: bool) -> None:
    site = Site(cut_after=200_000, cuts=2 if ranges else 1, ranges=ranges)
    with serving(site) as url:
        fetch(url, tmp_path / "model.onnx", sha256=SUM)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT
    assert site.asked[:2] == ["", "bytes=200000-"]


def test_what_came_before_the_last_cut_is_there_the_next_time(tmp_path: Path) -> None:
    site = Site(cut_after=100_000)
    with serving(site) as url:
        with pytest.raises(FetchError, match=r"was cut off after 300000 bytes .*goes on from there"):
            fetch(url, tmp_path / "model.onnx", sha256=SUM)
        assert not (tmp_path / "model.onnx").exists()
        site.cut_after = None
        fetch(url, tmp_path / "model.onnx", sha256=SUM)
    assert site.asked[-1] == "bytes=300000-"
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_wrong_sum_is_refused_and_removed(tmp_path: Path) -> None:
    target = tmp_path / "model.onnx"
    target.write_bytes(b"the old one")
    with serving(Site(content=CONTENT + b"!")) as url, pytest.raises(FetchError) as caught:
        fetch(url, target, sha256=SUM)
    assert "is not the file that was meant, and was removed: its SHA-256 is " in str(caught.value)
    assert SUM in str(caught.value)
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("left", [b"of another model", b"x" * (len(CONTENT) + 5)])
def test_a_part_of_another_file_is_forgotten(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "model.onnx.part").write_bytes(left)
    with serving(Site()) as url:
        fetch(url, tmp_path / "model.onnx", sha256=SUM)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


def test_a_part_that_is_whole_is_enough(tmp_path: Path) -> None:
    (tmp_path / "model.onnx.part").write_bytes(CONTENT)
    with serving(Site()) as url:
        fetch(url, tmp_path / "model.onnx", sha256=SUM)
    assert (tmp_path / "model.onnx").read_bytes() == CONTENT


@pytest.mark.parametrize("length", [True, False])
def test_more_than_a_model_has_is_not_kept(tmp_path: Path, length: bool) -> None:
    with serving(Site(length=length)) as url, pytest.raises(FetchError, match="has more than 1000 bytes"):
        fetch(url, tmp_path / "model.onnx", sha256=SUM, most=1000)
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_says_no_is_one_sentence(tmp_path: Path) -> None:
    with serving(Site(status=404)) as url, pytest.raises(FetchError, match="the server answers 404"):
        fetch(url, tmp_path / "model.onnx", sha256=SUM)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/model.onnx", "ftp://127.0.0.1/model.onnx", "http://"])
def test_an_address_where_nobody_is_is_one_sentence(tmp_path: Path, url: str) -> None:
    with pytest.raises(FetchError, match="cannot be fetched: ") as caught:
        fetch(url, tmp_path / "model.onnx", sha256=SUM)
    assert "\n" not in str(caught.value)
