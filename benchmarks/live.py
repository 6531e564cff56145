"""The live picture: how old it is when it arrives, and what fifty viewers cost beside one.

A camera process plays a video in which each picture carries its number; an API process serves it; viewers in
this process read `/live` at the page's rate. The number is read back from the JPEG and must be the one that
was taken at the time the picture says; its age is from that time to the last byte here, by one clock.

Costs are processor seconds of camera and API together. The API's listener hands out sockets that add up the
thread's time within `send` and `sendmsg` (the kernel's copying and its TCP, which is all that grows with
bytes); that is reported apart. Prints ratios; exits with 1 where a bar is missed.
"""

import argparse
import json
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import av
import cv2
import numpy as np
import psutil

from tests.daemon import free_ports
from vision.cameras.painter import Painter
from vision.cameras.script import Script

FPS, ROUND, ASKED = 15, 256, 10
"""Pictures a second and in a round of the video; pictures a second that the page asks for."""
BITS, BLOCK = 8, 48
OLDEST, DEAREST = 0.2, 1.5
"""The bars: seconds, and times the cost of one viewer."""
MANY = 50
_HEAD = re.compile(rb"X-Frame-Time: (\S+)\r\n\r\n")


class CountedSocket(socket.socket):
    """A listening socket whose connections add up what sending takes the thread."""

    spent = 0.0

    def accept(self) -> tuple["CountedSocket", Any]:
        """As ``socket.accept``, which makes plain sockets."""
        number, address = self._accept()  # type: ignore[attr-defined]
        return CountedSocket(self.family, self.type, self.proto, fileno=number), address

    def send(self, *arguments: Any) -> int:
        """As ``socket.send``."""
        began = time.thread_time()
        try:
            return super().send(*arguments)
        finally:
            CountedSocket.spent += time.thread_time() - began

    def sendmsg(self, *arguments: Any) -> int:
        """As ``socket.sendmsg``."""
        began = time.thread_time()
        try:
            return super().sendmsg(*arguments)
        finally:
            CountedSocket.spent += time.thread_time() - began


def serve(config: Path) -> None:
    """The API as it is run, with counted sockets; each line on standard input is answered with the cost."""
    import api.server
    from hutch.config import load
    from hutch.worker import run_api

    stop, plain = threading.Event(), api.server.listen

    def listen(host: str, port: int) -> socket.socket:
        return CountedSocket(fileno=plain(host, port).detach())

    def answer() -> None:
        for _ in sys.stdin:
            print(json.dumps([time.process_time(), CountedSocket.spent]), flush=True)
        stop.set()

    api.server.listen = listen
    threading.Thread(target=answer, daemon=True).start()
    run_api(load(config), stop)


def film(path: Path) -> None:
    """The scripted room, each picture with its number in black and white blocks."""
    script, painter = Script(0), Painter()
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=FPS)
        stream.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "25", "g": f"{FPS}"}
        for number in range(ROUND):
            picture = np.array(painter.paint(script.poses(number / FPS)), np.uint8)
            for bit in range(BITS):
                luma = 235 if number >> bit & 1 else 16
                picture[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = luma
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            if not number:
                stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuv420p"
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))


def number_in(jpeg: bytes) -> int:
    """The number in a picture."""
    picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture is not None, "that is no JPEG"
    middle = BLOCK // 2
    return sum((int(picture[middle, bit * BLOCK + middle]) > 128) << bit for bit in range(BITS))


class Viewer:
    """Reads the live picture in a thread until closed; keeps pictures with when they came if told to."""

    def __init__(self, url: str, *, keep: bool) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port or 80), timeout=20)
        request = f"GET /live?fps={ASKED} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        self._socket.sendall(request.encode())
        self._keep = keep
        self.got: list[tuple[float, bytes]] = []
        self.bytes = 0
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        room = bytearray(1 << 20)
        try:
            while count := self._socket.recv_into(room):
                self.bytes += count
                if self._keep:
                    self.got.append((time.time(), bytes(room[:count])))
        except OSError:
            return

    def close(self) -> None:
        """Leave."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def ages(self) -> list[float]:
        """Seconds from when each picture was taken until its last byte was here."""
        body, ends, position = b"".join(data for _, data in self.got), [], 0
        for at, data in self.got:
            position += len(data)
            ends.append((position, at))
        ages, first = [], None
        for found in _HEAD.finditer(body):
            end = body.find(b"\r\n--frame\r\n", found.end())
            if end < 0:
                break
            taken = datetime.fromisoformat(found[1].decode()).timestamp()
            number = number_in(body[found.end() : end])
            first = first or (taken, number)
            expected = round((taken - first[0]) * FPS + first[1]) % ROUND
            assert number == expected, f"the picture of {taken} shows {number} instead of {expected}"
            arrived = next(at for position, at in ends if position >= end)
            ages.append(arrived - taken)
        return ages


@dataclass
class Cost:
    """Processor seconds a second: of camera and API, and of the API's writes to sockets."""

    camera: float
    api: float
    writes: float
    megabytes: float
    ages: list[float]

    @property
    def rest(self) -> float:
        """What is no socket write."""
        return self.camera + self.api - self.writes


class Running:
    """A camera's process and an API's."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        config = folder / "hutch.toml"
        config.write_text(
            f'data_dir = "{folder / "data"}"\n[[locations]]\nname = "room"\n'
            f"[api]\nport = {port}\n[vision]\nconsent = true\n"
            '[[vision.cameras]]\nkind = "file"\nname = "cage"\nlocation = "room"\nloop = true\n'
            f'path = "{folder / "film.mp4"}"\n'
        )
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        camera = [sys.executable, "-m", "hutch.worker", "camera", "--config", str(config), "--name", "cage"]
        api = [sys.executable, "-m", "benchmarks.live", "--serve", str(config)]
        self._camera = subprocess.Popen(camera, **options, stderr=subprocess.DEVNULL)  # type: ignore[call-overload]
        self._api = subprocess.Popen(api, **options)  # type: ignore[call-overload]
        self._camera_clock = psutil.Process(self._camera.pid)

    def close(self) -> None:
        """End both."""
        for process in (self._api, self._camera):
            process.terminate()
            process.communicate()

    def wait(self) -> None:
        """Until the picture is there."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                with self.watched_by(1) as [viewer]:
                    time.sleep(0.5)
                    if viewer.bytes > 100_000:
                        return
            except OSError:
                time.sleep(0.2)
        raise SystemExit("there is no picture after 20 s")

    @contextmanager
    def watched_by(self, count: int) -> Iterator[list[Viewer]]:
        """So many viewers, the first of whom keeps what it sees."""
        viewers = [Viewer(self.url, keep=not number) for number in range(count)]
        try:
            yield viewers
        finally:
            for viewer in viewers:
                viewer.close()

    def _spent(self) -> tuple[float, float, float]:
        self._api.stdin.write("\n")
        self._api.stdin.flush()
        api, writes = json.loads(self._api.stdout.readline())
        times = self._camera_clock.cpu_times()
        return times.user + times.system, api, writes

    def cost(self, count: int, seconds: float) -> Cost:
        """What so many viewers cost for a while, once they are served."""
        with self.watched_by(count) as viewers:
            time.sleep(2)
            before, began, had = self._spent(), time.monotonic(), sum(viewer.bytes for viewer in viewers)
            time.sleep(seconds)
            after, wall = self._spent(), time.monotonic() - began
            megabytes = (sum(viewer.bytes for viewer in viewers) - had) / 1e6
        camera, api, writes = ((now - then) / wall for now, then in zip(after, before, strict=True))
        return Cost(camera, api, writes, megabytes / wall, viewers[0].ages() if viewers else [])


def main() -> None:
    """Measure by turns, print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        film(folder / "film.mp4")
        running = Running(folder)
        try:
            running.wait()
            costs: dict[int, list[Cost]] = {0: [], 1: [], MANY: []}
            for _ in range(options.rounds):
                for count, found in costs.items():
                    found.append(running.cost(count, options.seconds))
        finally:
            running.close()
    sys.exit(0 if report(costs) else 1)


def report(costs: dict[int, list[Cost]]) -> bool:
    """Print what was found; whether every bar is met."""
    print(f"{'viewers':<9}{'camera %':>10}{'API %':>8}{'writes %':>10}{'the rest %':>12}{'MB/s':>8}")
    for count, found in costs.items():
        means = [
            100 * statistics.median(getattr(cost, name) for cost in found)
            for name in ("camera", "api", "writes", "rest")
        ]
        megabytes = statistics.median(cost.megabytes for cost in found)
        print("{:<9}{:>10.1f}{:>8.1f}{:>10.1f}{:>12.1f}{:>8.1f}".format(count, *means, megabytes))
    met = True
    print(f"\n{'what':<44}{'measured':>10}{'bar':>8}{'of the bar':>12}")
    for count in (1, MANY):
        ages = sorted(age for cost in costs[count] for age in cost.ages)
        middle = statistics.median(ages)
        met &= middle <= OLDEST
        late = ages[int(len(ages) * 0.95)]
        what = f"age on arrival, {count} viewers, median"
        print(f"{what:<44}{1000 * middle:>7.0f} ms{1000 * OLDEST:>5.0f} ms{middle / OLDEST:>12.2f}")
        print(f"{f'    95 of 100 of {len(ages)} within':<44}{1000 * late:>7.0f} ms")
    ratios = [many.rest / one.rest for one, many in zip(costs[1], costs[MANY], strict=True)]
    ratio = statistics.median(ratios)
    met &= ratio <= DEAREST
    what = f"cost of {MANY} viewers, of that of one"
    print(f"{what:<44}{ratio:>8.2f} x{DEAREST:>6.1f} x{ratio / DEAREST:>12.2f}")
    print(f"    ({', '.join(f'{one:.2f}' for one in ratios)})")
    return met


if __name__ == "__main__":
    main()
