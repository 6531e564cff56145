"""200 ingest requests a second through the API, each acknowledged after fsync: how long each takes.

A second process sends them, half to ``/receive-json`` (one message of a gas monitor) and half to
``/api/v2/write`` (one line), each at its turn whether or not the ones before were answered, over eight
connections that are kept as devices keep them; where a request has to wait for a connection, that counts.
One API process, as ``hutch run`` starts it, on SQLite or (``--influx``) on InfluxDB; it drains what it takes
at the same time. ``--each`` opens a connection for every request instead.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from benchmarks._ground import api, peak_mb, percentile, tell, with_buckets
from tests.daemon import HOST

RATE, BAR_MS, CONNECTIONS = 200, 80.0, 8
KINDS = ("/receive-json", "/api/v2/write")


def request(number: int, port: int, *, close: bool) -> tuple[str, bytes]:
    """Which kind the request of this number is, and what is sent."""
    now = time.time_ns()
    if number % 2:
        path, kind = "/api/v2/write?org=hutch&bucket=readings", "text/plain"
        body = f"environment,location=den,node=n{number % 50},sensor=s temperature=21.5,humidity=40.5 {now}"
    else:
        path, kind = "/receive-json", "application/json"
        sensors = [{"type": "CH4", "val": 200}, {"type": "CO", "val": 1280}, {"type": "CO", "val": 726}]
        body = json.dumps({"pct": 90, "id": f"handheld {number % 50}", "ts": now / 1e9, "sensors": sensors})
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nContent-Type: {kind}\r\n"
        f"Connection: {'close' if close else 'keep-alive'}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return KINDS[number % 2], (head + body).encode()


class Sender:
    """Sends requests over connections that it keeps, as many at once as it has."""

    def __init__(self, port: int, *, close: bool) -> None:
        self._port = port
        self._close = close
        # By turns, so that none is idle for so long that the server closes it.
        self._idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter] | None] = asyncio.Queue()
        for _ in range(CONNECTIONS if not close else 1000):
            self._idle.put_nowait(None)

    async def send(self, number: int, due: float) -> tuple[str, float, bool]:
        """The kind of request, seconds from when it was due until its answer, whether that was yes."""
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        opened = await self._idle.get()
        reader, writer = opened or await asyncio.open_connection(HOST, self._port)
        kind, message = request(number, self._port, close=self._close)
        writer.write(message)
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await reader.readexactly(int(line.partition(b":")[2]))
        taken = time.perf_counter() - due
        if self._close:
            writer.close()
            await writer.wait_closed()
        self._idle.put_nowait(None if self._close else (reader, writer))
        return kind, taken, head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 204 "))

    async def close(self) -> None:
        """Close what is open."""
        while not self._idle.empty():
            if opened := self._idle.get_nowait():
                opened[1].close()
                await opened[1].wait_closed()


def play(port: int, seconds: int, close: bool, answers: Connection) -> None:
    """Send all of it, from a process of its own; hands back what ``Sender.send`` says of each."""

    async def run() -> list[tuple[str, float, bool]]:
        sender = Sender(port, close=close)
        start = time.perf_counter() + 0.5
        sending = (sender.send(number, start + number / RATE) for number in range(seconds * RATE))
        try:
            return await asyncio.gather(*sending)
        finally:
            await sender.close()

    answers.send(asyncio.run(run()))


def measure(port: int, pid: int, seconds: int, close: bool) -> bool:
    """Send, print; whether the bar is met."""
    process = psutil.Process(pid)
    context = multiprocessing.get_context("spawn")
    # Not counted: what is imported and opened by the first requests of all.
    for length in (2, seconds):
        ours, theirs = context.Pipe(duplex=False)
        sender = context.Process(target=play, args=(port, length, close, theirs))
        before = sum(process.cpu_times()[:2])
        sender.start()
        theirs.close()
        taken: list[tuple[str, float, bool]] = ours.recv()
        sender.join()
    used = sum(process.cpu_times()[:2]) - before
    refused = sum(not good for _, _, good in taken)
    print(f"{len(taken)} requests in {seconds} s, {refused} not acknowledged")
    for kind in KINDS:
        each = [spent * 1000 for which, spent, _ in taken if which == kind]
        p50, p99 = statistics.median(each), percentile(each, 99)
        print(f"{kind:<20}p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  max {max(each):7.1f} ms")
    print(f"the API: {used / seconds * 100:.0f} % of a core, {peak_mb(pid):.0f} MB at its peak")
    return (
        tell("all, p99", percentile([spent * 1000 for _, spent, _ in taken], 99), BAR_MS, "ms")
        and not refused
    )


def main() -> int:
    """Start the API, measure; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--influx", action="store_true", help="keep points in InfluxDB instead of SQLite")
    parser.add_argument("--each", action="store_true", help="open a connection for every request")
    parser.add_argument("--quick", action="store_true", help="three seconds, to see that it runs")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        influx = stack.enter_context(with_buckets(folder)) if options.influx else None
        port, pid = stack.enter_context(api(folder, influx))
        return 0 if measure(port, pid, 3 if options.quick else options.seconds, options.each) else 1


if __name__ == "__main__":
    sys.exit(main())
