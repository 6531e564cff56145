"""The processes that faults happen to."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import httpx

from collector.config import SpoolSection
from collector.spool import Spool, SpoolStatus, spool_path
from collector.writer import Writer
from tests.children import Child
from tests.daemon import HOST, free_ports, wait_until
from tests.faults.stored import Home


def collecting(
    home: Home,
    data_dir: Path,
    node: str,
    *options: str,
    environment: Mapping[str, str] | None = None,
    within: Sequence[str] = (),
    log: Path | None = None,
) -> Child:
    """A collector that tells what it does; see ``tests.faults.collecting``, also for ``options``."""
    return Child(
        "-m",
        "tests.faults.collecting",
        data_dir,
        node,
        f"--influx={home.config.model_dump_json()}",
        *options,
        log=log or data_dir.parent / f"{node}.log",
        environment={**os.environ, **home.environment, **(environment or {})},
        within=within,
    )


class Api:
    """Hutch's own API process on a port of its own; ``child`` is where it runs, from ``start`` to ``end``."""

    def __init__(self, home: Home, folder: Path, data_dir: Path) -> None:
        (self.port,) = free_ports(1)
        self._home = home
        self._config = folder / "api.toml"
        self._log = folder / "api.log"
        home.write_config(self._config, f"data_dir = '{data_dir}'\n[api]\nport = {self.port}\n")

    def run(self, environment: Mapping[str, str] | None = None, within: Sequence[str] = ()) -> Child:
        """Start it; it answers when this returns."""
        child = Child(
            "-m",
            "hutch.worker",
            "api",
            "--config",
            self._config,
            log=self._log,
            environment={**os.environ, **self._home.environment, **(environment or {})},
            within=within,
        )
        if not wait_until(lambda: self._answers() or child.ended(), 60) or child.ended():
            with child:
                raise AssertionError(f"the API does not come up; it said: {child.said()}")
        return child

    def write(self, client: httpx.Client, lines: Sequence[str]) -> int:
        """Send points as devices do; the status, or 0 where there was no answer."""
        try:
            answer = client.post(f"http://{HOST}:{self.port}/api/v2/write", content="\n".join(lines))
        except httpx.HTTPError:
            return 0
        return answer.status_code

    def _answers(self) -> bool:
        try:
            return (
                httpx.get(f"http://{HOST}:{self.port}/ping", timeout=5).status_code == httpx.codes.NO_CONTENT
            )
        except httpx.HTTPError:
            return False


def deliver(home: Home, data_dir: Path, now: Callable[[], float] = time.time) -> SpoolStatus:
    """Deliver all that waits in the data folder of a process that ended; how the spool is doing then."""
    with closing(home.store()) as store, closing(Spool(spool_path(data_dir), SpoolSection())) as spool:
        writer = Writer(spool, store, node="after", now=now, stop=threading.Event())
        for _ in range(10_000):
            if not writer.drain_once():
                return spool.status()
        raise AssertionError(f"what was delivered comes again and again: {spool.status()}")
