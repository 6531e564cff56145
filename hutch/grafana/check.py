"""Looks whether a Grafana can show what Hutch knows, one thing after the other."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from grafana.build import source_settings
from grafana.home import Home
from hutch.config import Config
from hutch.grafana import data_source, newest, rights
from hutch.grafana.boards import boards
from hutch.grafana.client import GrafanaError, GrafanaRefused
from hutch.grafana.finding import Finding
from hutch.grafana.reconcile import Reconciler
from hutch.grafana.server import Server
from hutch.grafana.warning import warning
from influx.buckets import BUCKETS, bucket_name
from influx.influxdb.flux import literal
from influx.store import Store, StoreError

MADE_FOR = 13
OLDEST = (9, 4)
"""What the dashboards and this check were tried with; the oldest, too."""
APPLY = "`hutch grafana apply` puts it there"
_FROM_FILES = (
    "`hutch setup --dashboards-to FOLDER` makes the files anew; "
    "in Compose `docker compose up -d --force-recreate` does"
)


def findings(
    config: Config,
    home: Home,
    server: Server,
    store: Store | None,
    reconciler: Reconciler | None,
    now: datetime,
) -> Iterator[Finding]:
    """Everything that was looked at, each as soon as it is known; raises nothing of Grafana's.

    Who gets no answer, or is not let in, is asked no further. ``store`` is what Hutch reads itself, and None
    where it cannot, like ``reconciler``, which knows what clips should be on the graph.
    """
    try:
        yield _version(server)
        given = rights.permissions(server)
    except GrafanaError as error:
        yield Finding("login" if isinstance(error, GrafanaRefused) else "Grafana", False, str(error))
        return
    yield _login(server, given)
    looks: dict[str, Callable[[], Iterator[Finding]]] = {
        "data source": lambda: _source(config, home, server, store, now),
        "dashboards": lambda: _boards(home, server),
        "alert rules": lambda: warning(home, server),
    }
    if reconciler is not None:
        looks["clips"] = lambda: newest.clips(reconciler, now)
    for what, look in looks.items():
        try:
            yield from look()
        except (GrafanaError, StoreError) as error:
            yield Finding(what, False, str(error))


def _version(server: Server) -> Finding:
    told = str(server.ask("/health").get("version", ""))
    number = re.match(r"(\d+)\.(\d+)", told)
    if number is None:
        return Finding("Grafana", None, f"{server.config.url} answers, and does not say its version")
    version = int(number[1]), int(number[2])
    answers = f"{server.config.url} is version {told}"
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return Finding("Grafana", False, answers, f"the oldest that was tried is {oldest}; renew it")
    if version[0] != MADE_FOR:
        answers += f"; the dashboards are made for {MADE_FOR}, and may look different in this one"
    return Finding("Grafana", True, answers)


def _login(server: Server, given: rights.Permissions) -> Finding:
    try:
        where = f"in the organisation {server.ask('/org')['name']}"
    except GrafanaRefused:
        where = "in an organisation that it may not see"
    if lacking := rights.missing(given, (*rights.LOOKING, *rights.CLIPS)):
        cannot = ", ".join(right.words for right in lacking)
        return Finding("login", False, f"taken {where}, but it may not {cannot}", "give it the role Editor")
    return Finding("login", True, f"taken {where}, and may do what Hutch does there")


def _source(
    config: Config, home: Home, server: Server, store: Store | None, now: datetime
) -> Iterator[Finding]:
    """What it is asked for is looked at only where it answers at all."""
    if (there := server.find(data_source.PATH)) is None:
        yield Finding("data source", False, _missing(data_source.UID), APPLY)
        return
    wanted = {"type": "influxdb", "jsonData": source_settings(home, config.influx.org)}
    wrong = data_source.unlike(wanted, there)
    remedy = "change its file and restart Grafana" if there.get("readOnly") else APPLY
    if wrong:
        yield Finding("data source", False, "; ".join(wrong), remedy)
    else:
        yield Finding("data source", True, f"there, and asks {there['url']}")
    reads = _reads(home, server)
    yield reads
    if reads.ok:
        yield from newest.points(home, server, store, now)


def _reads(home: Home, server: Server) -> Finding:
    """Whether every bucket can be read through Grafana.

    Its own health check lists buckets, of which InfluxDB tells the first 20 alone, whosever they are: so it
    is asked only where something is wrong.
    """
    names = [bucket_name(bucket, home.prefix) for bucket in BUCKETS]
    queries = {name: f"from(bucket: {literal(name)}) |> range(start: -1s) |> limit(n: 1)" for name in names}
    answered = data_source.answers(server, queries)
    lacking = [name for name in names if answered[name].error]
    if not lacking:
        return Finding("InfluxDB", True, f"Grafana reads {', '.join(names)}")
    healthy, words = data_source.health(server)
    if lacking == names and not healthy:
        return Finding("InfluxDB", False, words, "look at address and token of the data source")
    said = f"Grafana cannot read {', '.join(lacking)} ({answered[lacking[0]].error})"
    remedy = "let it ask the InfluxDB and organisation of [influx], with a token that reads them"
    return Finding("InfluxDB", False, said, remedy)


def _boards(home: Home, server: Server) -> Iterator[Finding]:
    for board in boards(server, home):
        what = f"dashboard {board.made.title}"
        if board.there is None:
            yield Finding(what, False, _missing(board.made.uid), APPLY)
        elif board.differs:
            said = f"differs from what this Hutch makes of the configuration, first in {board.differs}"
            yield Finding(what, False, said, _FROM_FILES if board.from_file else APPLY)
        else:
            yield Finding(what, True, "as this Hutch makes it")


def _missing(uid: str) -> str:
    return f"there is none with the uid {uid}, or this login may not see it"
