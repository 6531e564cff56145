"""``hutch run``: start everything, keep it running, stop it on Ctrl-C."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from schedule import Scheduler

from hutch import demo as demo_home
from hutch.alerting.book import Book
from hutch.alerting.outbox import Outbox
from hutch.config import Config, ConfigError, load
from hutch.errors import EXIT_CONFIG, UsageError
from hutch.greeting import Greeting
from hutch.home import WHOLE, Part, check_port, claim
from hutch.housekeeping import alerting_for, jobs_for, keep_house, storage_for
from hutch.storage import reserve_of
from hutch.supervisor import STOP_PATIENCE, Supervisor, children_of
from hutch.worker import set_up_logging
from influx.connect import connect
from influx.store import Store


def run(
    config: Annotated[Path | None, typer.Option(help="Configuration file.")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="A simulated room and a scripted camera.")] = False,
    data_dir: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("data/demo"),
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the demo listens.")] = 8000,
    only: Annotated[
        list[Part] | None,
        typer.Option(help="Start this part alone, where another hutch starts the rest; may be repeated."),
    ] = None,
) -> None:
    """Start the collector, the cameras and the API, and start again the one that dies."""
    if demo and (config is not None or only):
        raise UsageError("--demo brings a configuration and every part; give neither --config nor --only")
    parts = frozenset(only or WHOLE)
    set_up_logging("hutch")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as held:
        if demo:
            path, settings = _demo(data_dir, port, held)
        else:
            path, settings = _home(config or Path("hutch.toml"), parts, held)
        supervisor = Supervisor(children_of(settings, path, parts), now=time.monotonic)
        if Part.API in parts:
            _with_api(supervisor, settings, stop, demo=demo)
        else:
            supervisor.run(stop)
    if supervisor.failed:
        raise typer.Exit(EXIT_CONFIG)


def _with_api(supervisor: Supervisor, settings: Config, stop: threading.Event, *, demo: bool) -> None:
    """Who serves the store keeps it in order, too."""
    with closing(connect(settings.influx, settings.data_dir)) as store:
        if demo:
            demo_home.back_fill(store, settings.data_dir, datetime.now(UTC))
        greeting = Greeting(settings.api.host, settings.api.port, settings.api.public_url)

        def each() -> None:
            if greeting.due():
                typer.echo(f"\n  Hutch is running: open {greeting.url} in a browser. Ctrl-C stops it.\n")

        with ExitStack() as beside:
            for job in (_housekeeping, _storing, _alerting, _annotating):
                beside.enter_context(job(store, settings))
            supervisor.run(stop, each=each)


@contextmanager
def _housekeeping(store: Store, settings: Config) -> Iterator[None]:
    """Keep house in a thread; where a job takes long to stop, the store is closed under it."""
    stop = threading.Event()
    with _done_meanwhile(jobs_for(store, settings, stop), stop, "housekeeping"):
        yield


@contextmanager
def _storing(store: Store, settings: Config) -> Iterator[None]:
    """Keep clips within their room in a thread."""
    stop = threading.Event()
    with _done_meanwhile(storage_for(store, settings, stop), stop, "storage"):
        yield


@contextmanager
def _alerting(store: Store, settings: Config) -> Iterator[None]:
    """Look for what is wrong in a thread, and tell of it in one for each contact point."""
    stop = threading.Event()
    book = Book(settings.data_dir, settings.alerts)
    outbox = Outbox(book, settings.alerts, stop, lambda: datetime.now(UTC))
    try:
        with _done_meanwhile(alerting_for(store, settings, book), stop, "alerts"):
            outbox.start()
            yield
    finally:
        outbox.join(1)


@contextmanager
def _annotating(store: Store, settings: Config) -> Iterator[None]:
    """Keep clips on the graphs of Grafana in a thread, where one is configured."""
    if not settings.grafana.url:
        yield
        return
    # Who has no Grafana does not pay for it.
    from hutch.grafana.keeping import Keeping

    stop = threading.Event()
    with _meanwhile(Keeping(store, settings, stop).run, stop, "annotations"):
        yield


def _done_meanwhile(jobs: Scheduler, stop: threading.Event, name: str) -> AbstractContextManager[None]:
    """Do ``jobs`` in a thread of that name, and set ``stop`` at the end."""
    return _meanwhile(partial(keep_house, jobs, stop), stop, name)


@contextmanager
def _meanwhile(work: Callable[[], None], stop: threading.Event, name: str) -> Iterator[None]:
    """Do ``work``, which goes on until ``stop``, in a thread of that name, and set ``stop`` at the end."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(STOP_PATIENCE)


def _demo(data_dir: Path, port: int, held: ExitStack) -> tuple[Path, Config]:
    """Hold the demo's folder, and write its configuration there only then: another demo may be using it."""
    held.enter_context(claim(data_dir))
    check_port("127.0.0.1", port)
    path = demo_home.write_config(data_dir, port)
    return path, load(path)


def _home(path: Path, parts: frozenset[Part], held: ExitStack) -> tuple[Path, Config]:
    """Hold ``parts`` of the home that ``path`` describes, if all in it is as it should be."""
    settings = load(path)
    if demo_home.holds_demo(settings.data_dir):
        raise UsageError(
            f"{settings.data_dir} holds the demo, whose points are not real; set another data_dir in {path}"
        )
    # In a process of its own: what a camera's adapter loads would stay in this one for years.
    checked = subprocess.run(  # noqa: S603 -- our own interpreter and module
        [sys.executable, "-m", "hutch", "check-config", str(path), *(f"--only={part}" for part in parts)],
        capture_output=True,
        text=True,
        check=False,
    )
    if checked.returncode:
        raise ConfigError(checked.stderr.strip().removeprefix("hutch: "))
    reserve_of(settings).spend_when_full()
    held.enter_context(claim(settings.data_dir, parts))
    if Part.API in parts:
        check_port(settings.api.host, settings.api.port)
    return path, settings
