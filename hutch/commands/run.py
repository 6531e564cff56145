"""``hutch run``: start everything, keep it running, stop it on Ctrl-C."""

import signal
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer

from hutch import demo as demo_home
from hutch.config import load
from hutch.errors import EXIT_IO, UsageError
from hutch.home import check_port, claim
from hutch.housekeeping import jobs_for
from hutch.supervisor import Supervisor, children_of
from hutch.worker import set_up_logging
from influx.connect import connect


def run(
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="A simulated room and a scripted camera.")] = False,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("data"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the demo listens.")] = 8000,
) -> None:
    """Start the collector, the cameras and the API, and start again the one that dies."""
    if demo and config is not None:
        raise UsageError("--demo brings its own configuration; give it or --config, not both")
    set_up_logging("hutch")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    path = demo_home.write_config(data_dir, port) if demo else (config or Path("hutch.toml"))
    settings = load(path)
    with claim(settings.data_dir):
        check_port(settings.api.host, settings.api.port)
        store = connect(settings.influx, settings.data_dir)
        with closing(store):
            if demo:
                demo_home.back_fill(store, datetime.now(UTC))
            supervisor = Supervisor(children_of(settings, path), now=time.monotonic)
            jobs, greet = jobs_for(store), _greeter(f"http://{settings.api.host}:{settings.api.port}")

            def each() -> None:
                greet()
                jobs.run_pending()

            supervisor.run(stop, each=each)
    if supervisor.all_failed:
        raise typer.Exit(EXIT_IO)


def _greeter(url: str) -> Callable[[], None]:
    """Say once that the pages can be opened, as soon as they can."""
    told = False

    def greet() -> None:
        nonlocal told
        if told:
            return
        try:
            httpx.get(f"{url}/health", timeout=2)
        except httpx.HTTPError:
            return
        told = True
        typer.echo(f"\n  Hutch is running: open {url} in a browser. Ctrl-C stops it.\n")

    return greet
