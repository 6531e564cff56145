"""A store whose history is long: it gives the same few lines again and again for 20 s."""

import threading
from collections.abc import Iterator
from typing import Any, cast

from influx.store import Store
from influx.windows import Window
from tests.api.home import Home


class _Long:
    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def lines(self, measurement: str, window: Window) -> Iterator[list[str]]:
        [part] = self._store.lines(measurement, window)
        pause = threading.Event()
        for _ in range(200):
            yield part
            pause.wait(0.1)


def long_history(home: Home) -> Store:
    """The store of ``home``, whose readings seem to have no end."""
    return cast(Store, _Long(home.context.store))
