"""Puts Hutch's folder, data source and dashboards into a Grafana whose files nobody provisions.

Nothing is touched but what has a uid of ours, and nothing is done twice.
"""

from collections.abc import Iterable, Iterator, Mapping

from grafana.build import source_settings
from grafana.home import Home
from grafana.panels import Json
from hutch.config import Config
from hutch.errors import UsageError
from hutch.grafana import data_source, rights
from hutch.grafana.boards import Board, boards
from hutch.grafana.client import GrafanaRefused
from hutch.grafana.server import Server, said
from influx.config import InfluxSection
from influx.connect import Role, TokenMissing, read_token
from influx.influxdb.difference import Difference

FOLDER, TITLE = "hutch", "Hutch"
"""The folder's uid, as file provisioning makes it, and what people read."""
TOKEN_VARIABLE = "HUTCH_GRAFANA_INFLUX_TOKEN"  # noqa: S105 -- its name
_MESSAGE = "hutch grafana apply"


def apply(
    config: Config, home: Home, server: Server, *, token: str, influx_url: str, check: bool = False
) -> list[Difference]:
    """Make what is there as ``home`` wants it; returns what was or still is different.

    Grafana asks InfluxDB at ``influx_url`` with ``token``. ``check`` only looks. Raises ``UsageError`` where
    Grafana reads one of these from a file, and as ``Server`` does.
    """
    # A wrong address answers 404 to everything, as if all were missing.
    rights.permissions(server)
    there = list(boards(server, home))
    wanted = {
        "type": "influxdb",
        "access": "proxy",
        "url": influx_url,
        "jsonData": source_settings(home, config.influx.org),
    }
    found = server.find(data_source.PATH)
    _refuse_files(server, there)
    done: list[Difference] = []
    for difference in _differences(server, there, wanted, found, token):
        done.append(difference)
        if difference.mend is not None and not check:
            _mend(difference)
    return done


def token_for_grafana(config: InfluxSection, environment: Mapping[str, str]) -> str:
    """The token that Grafana asks InfluxDB with: one of its own, which may only read.

    Everybody who looks there can ask what it may ask, so none that serves every role is taken. Raises
    ``TokenMissing``.
    """
    if token := environment.get(TOKEN_VARIABLE, "").strip():
        return token
    if not (config.token_dir / Role.GRAFANA).exists():
        raise TokenMissing(
            "Grafana needs a token of its own that only reads, and neither "
            f"{config.token_dir / Role.GRAFANA} nor {TOKEN_VARIABLE} is there; `hutch influx apply` makes one"
        )
    return read_token(config, {}, Role.GRAFANA)


def _refuse_files(server: Server, there: Iterable[Board]) -> None:
    if from_files := [board.made.title for board in there if board.from_file]:
        raise UsageError(
            f"Grafana at {server.config.url} reads {', '.join(from_files)} from files, which alone can "
            "change them: `hutch setup --dashboards-to FOLDER` makes those anew"
        )


def _differences(
    server: Server, there: Iterable[Board], wanted: Json, found: Json | None, token: str
) -> Iterator[Difference]:
    if any(board.there is None for board in there) and server.find(f"/folders/{FOLDER}") is None:
        body = {"uid": FOLDER, "title": TITLE}
        yield Difference(f"folder {TITLE}", "missing", "made", lambda: server.send("POST", "/folders", body))
    yield from _of_source(server, wanted, found, token)
    for board in there:
        if board.there is None or board.differs:
            yield _of_board(server, board)


def _of_source(server: Server, wanted: Json, found: Json | None, token: str) -> Iterator[Difference]:
    # influxdb_client costs 40 MB, which only this command pays.
    from influx.influxdb.authorizations import mark_of

    what, mark = f"data source {TITLE}", mark_of(token)
    marked = {"jsonData": wanted["jsonData"] | {data_source.MARK: mark}, "secureJsonData": {"token": token}}
    if found is None:
        body = wanted | marked | {"uid": data_source.UID, "name": TITLE, "isDefault": False}
        yield Difference(what, "missing", "made", lambda: server.send("POST", "/datasources", body))
        return
    wrong = data_source.unlike(wanted, found)
    if found.get("readOnly"):
        if wrong:
            yield Difference(what, f"{'; '.join(wrong)}, and Grafana reads it from a file", "")
        return
    if (found.get("jsonData") or {}).get(data_source.MARK) != mark:
        wrong.append("has another token")
    if wrong:
        # What people call it there, and whether it is what new panels ask, is theirs.
        theirs = {name: found[name] for name in ("uid", "name", "isDefault", "version")}
        told = "; ".join(wrong)
        yield Difference(
            what, told, "changed", lambda: server.send("PUT", data_source.PATH, wanted | marked | theirs)
        )


def _of_board(server: Server, board: Board) -> Difference:
    """It stays in the folder that people moved it to; nobody's change meanwhile is written over."""
    dashboard = board.wanted | ({"version": board.version} if board.there is not None else {})
    folder = FOLDER if board.there is None else board.folder
    body = {"dashboard": dashboard, "folderUid": folder, "message": _MESSAGE, "overwrite": False}
    found = "missing" if board.there is None else f"differs, first in {board.differs}"
    done = "made" if board.there is None else "changed"
    what = f"dashboard {board.made.title}"
    return Difference(what, found, done, lambda: server.send("POST", "/dashboards/db", body))


def _mend(difference: Difference) -> None:
    assert difference.mend is not None
    try:
        difference.mend()
    except GrafanaRefused as refused:
        because = said(refused) or str(refused)
        if refused.status == 403:
            because = "this login may not change that; it needs the role Admin"
        difference.found += f", and Grafana refuses: {because}"
    else:
        difference.mended = True
