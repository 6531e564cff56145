"""Every panel's query over a year and over a day, on a year of points in a real InfluxDB: 300 ms a panel.

The year of ten series a minute that ``benchmarks/windows.py`` loads, and beside it gas, machines, cameras,
pets and the journal of the same year. Each panel is asked as Grafana asks, one query after the other,
medians of rounds by turns; the slowest are printed. ``--series`` and ``--days`` make it smaller.
``--grafana`` asks the same through a real Grafana (``HUTCH_GRAFANA_HOME``), and all panels of Climate at
once as a browser does, until the last answer is there: 2 s. Needs ``python scripts/servers.py influxd``.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from benchmarks import windows
from benchmarks._ground import by_turns, tell
from grafana.build import dashboards
from grafana.home import Home
from grafana.panels import Panel
from influx.apply import apply
from influx.config import InfluxSection
from influx.connect import TOKEN_VARIABLE
from influx.points import to_ns
from influx.server import ServerStore
from influx.windows import Window
from tests.grafana.as_grafana import Asker
from tests.grafana.real.adapted import provisioned
from tests.grafana.real.asking import answers
from tests.grafana_server import Source, grafana_server, installation, version
from tests.servers import Influx

BAR_MS, WHOLE_MS = 300, 2000
WHOLE = "climate"
HOME = Home(windows.ZONE, retention=windows.FOREVER)
LENGTHS = {"a year": timedelta(days=365), "a week": 7 * windows.DAY, "a day": windows.DAY}
CHOSEN = dict.fromkeys(("location", "pet", "camera", "gas", "person", "node"), ".*") | {"unit": "C"}
_TYPES = ("playing", "sleeping", "eating_drinking", "passing")
_HEALTH = "battery=50,cpu_temperature=50,load=1,disk_used=40,memory_used=40,uptime=9,clock_offset=0.1"
_PIPELINE = "oldest_age=1,accepted=9i,rejected=0i,dropped=0i"
_CAMERA = 'fps=15,frame_age=0.1,still_age=0.2,luma=0.5,motion=0.1,bitrate=1000000,state="running",dropped=0i'


def others(series: int) -> Iterator[tuple[str, str]]:
    """What a year has beside the climate, each line with its measurement."""
    minutes = windows.DAYS * 1440
    for number in range(0, minutes, 15):
        at = to_ns(windows.NOW - number * windows.MINUTE)
        for gas in ("CO", "CH4"):
            yield (
                "gas",
                f"gas,channel=0,gas={gas},location=den,node=lora,sensor=mq concentration={number % 40} {at}",
            )
        yield "node", f"node,node=pi {_HEALTH} {at}"
        yield (
            "pipeline",
            f"pipeline,node=pi,part=spool {_PIPELINE},depth={number % 9}i {at}",
        )
        yield "camera", f"camera,camera=cage,node=pi {_CAMERA} {at}"
    for number in range(0, minutes, 30):
        at, name = to_ns(windows.NOW - number * windows.MINUTE), f"cage-{number}"
        kind, pet = _TYPES[number // 30 % 4], f"pet{number // 30 % max(2, series // 4)}"
        fields = f'event_id="{name}",duration=12.5,confidence=0.9,clip_state="stored",snapshot="{name}"'
        yield "pet_event", f"pet_event,camera=cage,event_type={kind},location=den,pet={pet} {fields} {at}"
        yield "pet_activity", f"pet_activity,camera=cage,pet={pet} motion=0.2,x=0.5,y=0.5 {at}"
    for number in range(0, minutes, 180):
        at = to_ns(windows.NOW - number * windows.MINUTE)
        yield (
            "journal",
            f'journal,entry_type=drink,person=mia amount=60,name="ml milk",note="",entry_id="{number}" {at}',
        )


def load(store: ServerStore, series: int, console: Console) -> None:
    """The year of the climate, and the rest of it, rolled up."""
    windows.SERIES = series
    windows.load(store, console)
    made = others(series)
    while batch := list(islice(made, 20_000)):
        for measurement in {name for name, _ in batch}:
            store.write(measurement, [line for name, line in batch if name == measurement])
    first = windows.NOW - windows.YEAR
    weeks = [first + number * 7 * windows.DAY for number in range(windows.DAYS // 7 + 1)]
    for name in track(("gas", "node", "pipeline", "camera", "pet_event", "pet_activity"), console=console):
        for week in weeks:
            store.roll_up(name, Window(week, min(week + 7 * windows.DAY, windows.NOW)), windows.ZONE)


Ask = Callable[[Panel, Window], object]
"""Asks for everything that a panel shows."""


def of_influxdb(asker: Asker) -> Ask:
    """What asks InfluxDB itself, one query after the other."""

    def ask(panel: Panel, window: Window) -> None:
        for query in panel.queries.values():
            asker.answer(query, window, CHOSEN, panel.least_step)

    return ask


@contextmanager
def of_grafana(folder: Path, server: Influx) -> Iterator[Ask]:
    """What asks a real Grafana as its pages do, which asks the same InfluxDB."""
    provisioning = provisioned(HOME, folder / "provisioning", version(installation()))
    source = Source(server.url, server.org, server.token)
    data = folder / "grafana"
    data.mkdir()
    with grafana_server(data, provisioning, source) as grafana, grafana.client() as client:
        yield lambda panel, window: answers(client, panel.queries, window, CHOSEN, panel.least_step)


def panels(ask: Ask, length: timedelta) -> dict[str, Callable[[], object]]:
    """What asks each panel, by its dashboard and title."""
    window = Window.last(length, windows.NOW)
    return {
        f"{board.title}: {panel.title}": partial(ask, panel, window)
        for board in dashboards(HOME)
        for panel in board.panels
        if panel.queries
    }


def at_once(ask: Ask, length: timedelta) -> Callable[[], object]:
    """What asks all panels of one dashboard at once, and is over when the last is answered."""
    window = Window.last(length, windows.NOW)
    [whole] = [board for board in dashboards(HOME) if board.name == WHOLE]
    asked = [panel for panel in whole.panels if panel.queries]

    def all_panels() -> None:
        with ThreadPoolExecutor(len(asked)) as pool:
            list(pool.map(lambda panel: ask(panel, window), asked))

    return all_panels


def measure(ask: Ask, options: argparse.Namespace, console: Console) -> bool:
    """Print the slowest panels of each window, and how long a whole dashboard takes; whether bars are met."""
    met = True
    for name, length in LENGTHS.items():
        taken = by_turns(panels(ask, length), options.rounds, console)
        found = {panel: statistics.median(each) * 1000 for panel, each in taken.items()}
        print(f"{name}: {len(found)} panels, median {statistics.median(found.values()):.0f} ms")
        for panel in sorted(found, key=lambda panel: -found[panel])[: options.slowest]:
            met = tell(f"  {panel}", found[panel], BAR_MS, "ms") and met
        if options.grafana:
            [whole] = by_turns({WHOLE: at_once(ask, length)}, options.rounds, console).values()
            met = tell(f"  {WHOLE}, all at once", statistics.median(whole) * 1000, WHOLE_MS, "ms") and met
    return met


def main() -> int:
    """Load, measure, print the slowest; 1 where a panel is slower than it may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--series", type=int, default=windows.SERIES)
    parser.add_argument("--days", type=int, default=windows.DAYS, help="how much of the year is there")
    parser.add_argument("--slowest", type=int, default=5)
    parser.add_argument("--grafana", action="store_true", help="through a real Grafana")
    options = parser.parse_args()
    console = Console(stderr=True)
    windows.DAYS, windows.YEAR = options.days, timedelta(days=options.days)
    with tempfile.TemporaryDirectory() as folder:
        server = Influx(Path(folder))
        try:
            server.start()
            server.set_up()
            config = InfluxSection(url=server.url, org=server.org, retention=windows.FOREVER)
            apply(config, environment={TOKEN_VARIABLE: server.token})
            with closing(
                ServerStore(server.url, server.org, server.token, timeout=timedelta(minutes=2))
            ) as store:
                load(store, options.series, console)
            if options.grafana:
                with of_grafana(Path(folder), server) as ask:
                    met = measure(ask, options, console)
            else:
                met = measure(of_influxdb(Asker(server.url, server.org, server.token)), options, console)
        finally:
            server.stop()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
