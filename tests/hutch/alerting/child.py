"""A process that looks and sends until it is killed: ``python -m tests.hutch.alerting.child FOLDER PORT``."""

import sys
import threading
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from hutch.alerting.book import Book
from hutch.alerting.outbox import Outbox
from hutch.alerting.watch import Watch
from influx.connect import connect
from influx.points import line, make
from influx.schema import ENVIRONMENT
from tests.hutch.alerting.home import config


def main(folder: Path, port: int) -> None:
    """Look twenty times a second at a room that is too warm; say so when the first look is over."""
    home = config(folder, port)
    stop = threading.Event()
    book = Book(folder, home.alerts)
    with closing(connect(home.influx, folder)) as store:
        watch = Watch(store, home, book, lambda: datetime.now(UTC))
        Outbox(book, home.alerts, stop, lambda: datetime.now(UTC), longest=0.1).start()
        while not stop.wait(0.05):
            tags = {"node": "pi", "sensor": "hat", "location": "hutch"}
            store.write(
                "environment", [line(make(ENVIRONMENT, tags, {"temperature": 30.0}, datetime.now(UTC)))]
            )
            watch.look()
            print("looked", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
