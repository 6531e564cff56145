"""How often pages ask the store: each question to an InfluxDB on a Pi is felt."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.registry import Kind, Thing, announcement
from influx.store import Store
from tests.api.access.doors import door_of
from tests.api.home import NOW, Clock, Home, a_home, event, reading, serving


class Counting:
    """A store that counts what it is asked: the method's name and the measurement, where it has one."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        method: Callable[..., Any] = getattr(self._store, name)

        def ask(*given: Any, **more: Any) -> Any:
            if name in ("latest", "rows", "series"):
                what = given[0] if name == "latest" else getattr(given[0], "measurement", "")
                self.asked[f"{name} {what}"] += 1
            return method(*given, **more)

        return ask


@pytest.fixture
def lived_in(tmp_path: Path) -> Iterator[tuple[Home, Counting]]:
    """A home where one pet is seen, and a sensor and a pet that are expected were never heard of."""
    store = EmbeddedStore(tmp_path / "points.sqlite", retention=Retention(), now=Clock(NOW))
    counting = Counting(store)
    with a_home(tmp_path, cast(Store, counting)) as home:
        home.store(reading(NOW - timedelta(seconds=5), 20.0), event(NOW - timedelta(minutes=5)).point())
        since = NOW - timedelta(days=9)
        for kind, name in (
            (Kind.SENSOR, "hat"),
            (Kind.SENSOR, "dead"),
            (Kind.PET, "miso"),
            (Kind.PET, "ghost"),
        ):
            home.store(announcement(Thing(kind, name, "pi"), since))
        yield home, counting


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", 8),
        # What is missing is looked for in the last hour first, which takes next to nothing.
        ("/health", 10),
        ("/pages/health", 13),
        ("/alerts/config", 6),
        ("/pages/alerts", 6),
        ("/pets", 4),
        ("/pets/miso/where.png", 5),
        ("/pages/events", 4),
        ("/pages/journal", 1),
        ("/events", 3),
    ],
)
def test_a_page_asks_no_more_than_it_needs(lived_in: tuple[Home, Counting], path: str, most: int) -> None:
    home, counting = lived_in
    with serving(home) as client:
        counting.asked.clear()
        assert client.get(path).status_code == 200
    assert counting.asked.total() <= most, f"{path} asks {dict(counting.asked)}"


def test_strangers_cost_the_store_no_more_however_many_ask(lived_in: tuple[Home, Counting]) -> None:
    home, counting = lived_in
    with door_of(home) as door, serving(home) as client:
        door.user("ada")
        assert client.get("/health").json() == {"status": "degraded"}
        asked = counting.asked.total()
        for _ in range(20):
            assert client.get("/health").json() == {"status": "degraded"}
        assert counting.asked.total() - asked < asked, f"asked {dict(counting.asked)}"


def test_the_registry_is_asked_once_by_the_page_of_health(lived_in: tuple[Home, Counting]) -> None:
    home, counting = lived_in
    with serving(home) as client:
        counting.asked.clear()
        assert "Ghost" in client.get("/pages/health").text.title()
    assert counting.asked["latest registry"] == 1
