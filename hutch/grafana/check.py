"""Looks whether a Grafana can show what Hutch knows, one thing after the other."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from grafana.home import Home
from hutch.config import Config
from hutch.grafana import rights, source
from hutch.grafana.boards import boards
from hutch.grafana.client import GrafanaError, GrafanaRefused
from hutch.grafana.server import Server, said
from influx.buckets import BUCKETS, bucket_name

MADE_FOR = 13
OLDEST = (9, 4)
"""What the dashboards and this check were tried with; the oldest, too."""
APPLY = "`hutch grafana apply` puts it there"
_FROM_FILES = "`hutch setup --dashboards-to FOLDER` makes the files anew"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, in words, and what to do.

    ``ok`` is None where it could not be told, or is none of Hutch's business.
    """

    what: str
    ok: bool | None
    said: str
    remedy: str = ""


Look = Callable[[Config, Home, Server], Iterator[Finding]]


def findings(config: Config, home: Home, server: Server) -> Iterator[Finding]:
    """Everything that was looked at, each as soon as it is known; raises nothing of Grafana's.

    Who gets no answer, or is not let in, is asked no further.
    """
    try:
        yield _version(server)
        given = rights.permissions(server)
    except GrafanaError as error:
        yield Finding("login" if isinstance(error, GrafanaRefused) else "Grafana", False, str(error))
        return
    yield _login(server, given)
    looks: dict[str, Look] = {"data source": _source, "dashboards": _boards}
    for what, look in looks.items():
        try:
            yield from look(config, home, server)
        except GrafanaError as error:
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


def _source(config: Config, home: Home, server: Server) -> Iterator[Finding]:
    what = "data source"
    if (there := server.find(source.PATH)) is None:
        yield Finding(what, False, _missing(source.UID), APPLY)
        return
    wanted = {"type": "influxdb", "jsonData": source.settings(home, config.influx.org)}
    if wrong := source.unlike(wanted, there):
        remedy = "change its file and restart Grafana" if there.get("readOnly") else APPLY
        yield Finding(what, False, "; ".join(wrong), remedy)
    healthy, words = source.health(server)
    remedy = "look at its address and its token, as Grafana sees them"
    yield Finding(what, healthy, words, "" if healthy else remedy)
    if healthy:
        yield _buckets(home, server)


def _buckets(home: Home, server: Server) -> Finding:
    try:
        rows = source.answer(server, {"A": 'buckets() |> keep(columns: ["name"])'})["A"]
    except GrafanaRefused as refused:
        return Finding(
            "buckets", False, said(refused), "give it the token of `hutch influx token add grafana`"
        )
    there = {row[0] for row in rows}
    wanted = [bucket_name(bucket, home.prefix) for bucket in BUCKETS]
    if lacking := [name for name in wanted if name not in there]:
        return Finding(
            "buckets",
            False,
            f"it cannot read {', '.join(lacking)}",
            "let it ask the InfluxDB and organisation of [influx], with a token that reads them",
        )
    return Finding("buckets", True, f"it reads {', '.join(wanted)}")


def _boards(_config: Config, home: Home, server: Server) -> Iterator[Finding]:
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
