"""A home whose alarms are looked for when a test says so."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hutch.alerting.book import Book
from hutch.alerting.watch import Watch
from hutch.config import Config, parse
from influx.alarms import Stage
from influx.points import Point, line, make
from influx.schema import ENVIRONMENT
from influx.store import Store
from tests.daemon import HOST

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
LOOK = timedelta(seconds=20)
ME = {"name": "me", "kind": "email", "to": "me@example.org"}


class Told:
    """A home that looks when it is told to, at a time that it is told."""

    def __init__(self, store: Store, folder: Path, port: int, **more: Any) -> None:
        self.store = store
        self.now = NOW
        self._said: dict[str, float] = {}
        self.config = config(folder, port, **more)
        self.book = Book(folder, self.config.alerts)
        self.watch = Watch(store, self.config, self.book, lambda: self.now)

    def put(self, *points: Point) -> None:
        for point in points:
            self.store.write(point.measurement, [line(point)])

    def reads(self, temperature: float, location: str = "hutch") -> None:
        """From now on a sensor there says so before each look."""
        self._said[location] = temperature
        self._speak()

    def dies(self, location: str = "hutch") -> None:
        """The sensor there says nothing more."""
        del self._said[location]

    def looks(self, count: int = 1, every: timedelta = LOOK) -> None:
        for _ in range(count):
            self._speak()
            self.watch.look()
            self.now += every

    def _speak(self) -> None:
        for location, temperature in self._said.items():
            tags = {"node": "pi", "sensor": "hat", "location": location}
            self.put(make(ENVIRONMENT, tags, {"temperature": temperature}, self.now))

    @property
    def subjects(self) -> list[str]:
        """Of all letters so far, whether they were sent or not."""
        return [letter.subject for letter in self.book.read().letters]

    @property
    def stages(self) -> list[Stage]:
        return [alarm.stage for alarm in self.book.read().alarms.values()]


def config(folder: Path, port: int, **alerts: Any) -> Config:
    return parse(
        {
            "data_dir": str(folder),
            "node": "pi",
            "timezone": "Europe/Zurich",
            "locations": [
                {"name": "hutch", "label": "The hutch", "temperature_low": 15.6, "temperature_high": 23.9}
            ],
            "api": {"public_url": "https://hutch.example.org", "temperature_unit": alerts.pop("unit", "C")},
            "alerts": {
                "smtp": {"host": HOST, "port": port, "security": "none", "sender": "hutch@example.org"},
                "contacts": [ME],
                **alerts,
            },
        },
        "a test",
    )
