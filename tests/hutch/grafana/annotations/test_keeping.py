"""The thread beside the alarms, and the command: over a Grafana that goes, comes, and is killed at."""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import pytest

from hutch.config import Config, parse
from hutch.grafana.keeping import Keeping
from influx.embedded import EmbeddedStore
from influx.store import Store
from tests.children import Child
from tests.daemon import free_ports, until
from tests.hutch.grafana.annotations.events import NOON, event, write
from tests.hutch.grafana.annotations.held import PATH, Fault, Held, held


def _config(url: str, folder: Path, **more: object) -> Config:
    told = {
        "data_dir": str(folder / "data"),
        "api": {"public_url": "https://hutch.example.org", "trusted_proxies": ["127.0.0.1"]},
        "grafana": {"url": url, "timeout": 5, **more},
    }
    return parse(told, "here")


@contextmanager
def _kept(store: Store, config: Config, environment: dict[str, str]) -> Iterator[threading.Event]:
    stop = threading.Event()
    keeping = Keeping(store, config, stop, environment, lambda: NOON, longest=0.1)
    thread = threading.Thread(target=keeping.run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_a_grafana_that_comes_late_and_goes_is_told_of_once_each(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}{PATH}"
    write(store, event(-5))
    with _kept(store, _config(url, tmp_path, as_user="hutch:notes"), {}):
        until("it was missed", lambda: bool(caplog.messages))
        with held(port) as notes:
            until("the clip is there", lambda: len(notes.items) == 1)
            until("it was told of", lambda: len(caplog.messages) == 2)
        write(store, event(-4))
        until("it was missed again", lambda: len(caplog.messages) == 3)
        with held(port) as emptied:
            until("both are there", lambda: len(emptied.items) == 2)
    away = f"clips cannot be put on the graphs of Grafana and wait: Grafana at {url} cannot be reached"
    assert [message.partition(" (")[0] for message in caplog.messages[:3]] == [
        away,
        "clips are put on the graphs of Grafana again",
        away,
    ]


def test_who_is_refused_is_told_what_to_do_and_a_token_that_is_put_right_is_found(
    store: Store, notes: Held, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = tmp_path / "token"
    write(store, event(-5))
    with _kept(store, _config(notes.url, tmp_path, token_file=str(token)), {}):
        until("it was missed", lambda: "cannot be read (No such file" in caplog.text)
        token.write_text("glsa_wrong\n")
        until("it was refused", lambda: f"valid into {token}" in caplog.text)
        token.write_text(notes.token("Editor") + "\n")
        until("the clip is there", lambda: len(notes.items) == 1)
    assert "glsa" not in caplog.text


def test_a_mistake_of_ours_ends_nothing(
    store: Store, notes: Held, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = _Broken(store)
    write(store, event(-5))
    with _kept(cast(Store, broken), _config(notes.url, tmp_path, as_user="hutch:notes"), {}):
        until("the clip is there", lambda: len(notes.items) == 1)
    assert "could not be put on the graphs; it is tried again" in caplog.text


class _Broken:
    """A store whose first answer is none that anybody expects."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._asked = False

    def __getattr__(self, name: str) -> object:
        if not self._asked:
            self._asked = True
            raise ZeroDivisionError
        return getattr(self._store, name)


def _home(url: str, folder: Path) -> Path:
    path = folder / "hutch.toml"
    path.write_text(
        f'data_dir = "data"\n[grafana]\nurl = "{url}"\nas_user = "hutch:notes"\n'
        '[api]\npublic_url = "https://hutch.example.org"\ntrusted_proxies = ["127.0.0.1"]\n'
    )
    (folder / "data").mkdir()
    return path


@pytest.fixture
def home(notes: Held, tmp_path: Path) -> Path:
    """A home of ten events with clips, in the embedded store."""
    path = _home(notes.url, tmp_path)
    with closing(EmbeddedStore(tmp_path / "data" / "points.sqlite")) as store:
        write(store, *(event(-number) for number in range(10)))
    return path


def _command(home: Path, log: Path, *more: str) -> Child:
    return Child("-m", "hutch", "grafana", "annotations", "--config", home, *more, log=log)


def _finished(child: Child) -> tuple[int, str]:
    with child:
        code = child.process.wait(60)
        until("it has said all", child.ended)
        return code, "\n".join(child.lines)


@pytest.mark.parametrize("fault", [Fault.HELD, Fault.LATE])
def test_who_is_killed_between_a_post_and_its_answer_leaves_no_second_one(
    notes: Held, home: Path, tmp_path: Path, fault: Fault
) -> None:
    notes.fail("POST", *[fault] * 10)
    for number in range(3):
        with _command(home, tmp_path / f"{number}.log") as child:
            assert notes.arrived.acquire(timeout=30), child.said()
            child.kill()
    notes.let_go.set()
    until("what was late has landed", lambda: len(notes.items) >= 3)
    notes.faults.clear()
    code, said = _finished(_command(home, tmp_path / "last.log"))
    assert code == 0, (tmp_path / "last.log").read_text()
    assert len(notes.items) == 10
    assert len({item["time"] for item in notes.items.values()}) == 10, said


def test_the_command_tells_what_it_did(notes: Held, home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert _finished(_command(home, log)) == (0, "10 added, 0 changed, 0 removed")
    assert _finished(_command(home, log)) == (0, "0 added, 0 changed, 0 removed")
    assert _finished(_command(home, log, "--rebuild")) == (0, "10 added, 0 changed, 10 removed")
    notes.empty()
    assert _finished(_command(home, log, "--rebuild")) == (0, "10 added, 0 changed, 0 removed")


def test_the_command_says_that_grafana_is_away(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    home = _home(f"http://127.0.0.1:{port}", tmp_path)
    log = tmp_path / "log"
    assert _finished(_command(home, log)) == (3, "")
    assert f"hutch: Grafana at http://127.0.0.1:{port} cannot be reached" in log.read_text()


def test_the_command_says_that_there_is_no_grafana(tmp_path: Path) -> None:
    home, log = tmp_path / "hutch.toml", tmp_path / "log"
    home.write_text("")
    assert _finished(_command(home, log)) == (2, "")
    assert log.read_text().endswith("names no Grafana: set [grafana] url\n")


def _checked(home: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hutch", "check-config", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_links_that_others_may_not_reach_and_a_token_that_is_not_there_are_told(tmp_path: Path) -> None:
    home = tmp_path / "hutch.toml"
    home.write_text('[grafana]\nurl = "http://127.0.0.1:3000"\n')
    told = _checked(home)
    assert told.returncode == 0
    assert "without [api] public_url, so clips on the graphs lead to http://127.0.0.1:8000" in told.stderr
    home.write_text('[grafana]\nurl = "http://127.0.0.1:3000"\ntoken_file = "nowhere"\n')
    told = _checked(home)
    assert told.returncode == 2
    assert f"[grafana] token_file: {tmp_path / 'nowhere'} does not exist" in told.stderr
