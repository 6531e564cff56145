"""A Grafana's stand-in: the part of its HTTP API that Hutch uses, over a real InfluxDB.

``tests/hutch/grafana/conftest.py`` runs the same tests on it and, where one is installed, on Grafana.
"""

import csv
import io
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

import httpx

Json = dict[str, Any]
PATH = "/grafana"
SOURCES, BOARDS = "datasources:*", "dashboards:*"
_CLIPS = {f"annotations:{action}": ["annotations:*"] for action in ("create", "write", "delete")}
_VIEWER: dict[str, list[str]] = {
    "annotations:read": ["annotations:*"],
    "datasources:query": [SOURCES],
    "datasources:read": [SOURCES],
    "orgs:read": [""],
}
_ADMIN = {"dashboards:read": [BOARDS], "dashboards:write": [BOARDS], "folders:create": [""]}
_ADMIN |= {"datasources:create": [""], "datasources:write": [SOURCES]}
MAY = {"Viewer": _VIEWER, "Editor": _VIEWER | _CLIPS, "Admin": _VIEWER | _CLIPS | _ADMIN}
"""What each role may do there, of what Hutch asks for."""


class Answer(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.code, self.body = code, {"message": message, **more}


@dataclass
class StandIn:
    """What it holds; ``files`` are the uids that it has from files."""

    version: str = "13.2.1"
    tokens: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Json] = field(default_factory=dict)
    sources: dict[str, Json] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    boards: dict[str, Json] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    rules: dict[str, list[Json]] = field(default_factory=dict)
    url: str = ""

    def token(self, role: str) -> str:
        """A new token of a service account with that role."""
        made = secrets.token_urlsafe(20)
        self.tokens[made] = role
        return made

    def role(self, headers: Any) -> str:
        """Who asks, by token or by what the proxy says."""
        if headers.get("X-WEBAUTH-USER"):
            return str(headers.get("X-WEBAUTH-ROLE", "Viewer"))
        role = self.tokens.get(headers.get("Authorization", "").removeprefix("Bearer "))
        if role is None:
            raise Answer(401, "Unauthorized")
        return role

    def health(self, _role: str, _body: Json) -> Json:
        """It is well."""
        return {"database": "ok", "version": self.version}

    def permissions(self, role: str, _body: Json) -> Json:
        """What the role may do."""
        return dict(MAY[role])

    def organisation(self, _role: str, _body: Json) -> Json:
        """The one there is."""
        return {"id": 1, "name": "Main Org."}

    def get_folder(self, role: str, _body: Json, uid: str) -> Json:
        """A folder."""
        if uid not in self.folders:
            hidden(role, "folder not found")
        return self.folders[uid]

    def make_folder(self, role: str, body: Json) -> Json:
        """A new folder; none twice."""
        allow(role, "folders:create")
        if body["uid"] in self.folders:
            raise Answer(412, "the folder has been changed by someone else")
        self.folders[body["uid"]] = {"uid": body["uid"], "title": body["title"]}
        return self.folders[body["uid"]]

    def delete_folder(self, _role: str, _body: Json, uid: str) -> Json:
        """With the dashboards in it."""
        self.get_folder("Admin", {}, uid)
        for board in [each for each, place in self.places.items() if place == uid]:
            del self.boards[board], self.places[board]
        del self.folders[uid]
        return {"message": "Folder deleted"}

    def get_source(self, _role: str, _body: Json, uid: str) -> Json:
        """A data source, without its secrets."""
        if uid not in self.sources:
            raise Answer(404, "Data source not found")
        return self.sources[uid]

    def make_source(self, role: str, body: Json) -> Json:
        """A new data source of a name and a uid that no other has."""
        allow(role, "datasources:create")
        if any(each["name"] == body["name"] for each in self.sources.values()):
            raise Answer(409, "data source with the same name already exists")
        return self._put_source(body, 1)

    def change_source(self, role: str, body: Json, uid: str) -> Json:
        """One that is there, if nobody changed it meanwhile."""
        allow(role, "datasources:write")
        there = self.get_source(role, {}, uid)
        if there["readOnly"]:
            raise Answer(403, "Cannot update read-only data source")
        if body["version"] != there["version"]:
            raise Answer(409, "Datasource has already been updated by someone else")
        return self._put_source(body, there["version"] + 1)

    def delete_source(self, _role: str, _body: Json, uid: str) -> Json:
        """Without a trace."""
        self.get_source("Admin", {}, uid)
        del self.sources[uid]
        return {"message": "Data source deleted"}

    def _put_source(self, body: Json, version: int) -> Json:
        told = {name: value for name, value in body.items() if name != "secureJsonData"}
        uid = body["uid"]
        self.secrets[uid] = body.get("secureJsonData", {}).get("token", self.secrets.get(uid, ""))
        self.sources[uid] = told | {"version": version, "readOnly": uid in self.files}
        return {"message": "Datasource added", "datasource": self.sources[uid]}

    def source_health(self, role: str, _body: Json, uid: str) -> Json:
        """Whether it may ask for buckets."""
        if uid not in self.sources:
            raise Answer(500, "Unable to load datasource metadata")
        try:
            rows = self._asked(uid, "buckets()")["data"]["values"][0]
        except Answer as wrong:
            raise Answer(400, f"error reading buckets: {wrong}", status="ERROR") from None
        return {"message": f"datasource is working. {len(rows)} buckets found", "status": "OK"}

    def query(self, role: str, body: Json) -> Json:
        """The frames of each query."""
        allow(role, "datasources:query")
        results: Json = {}
        for each in body["queries"]:
            try:
                frames = [self._asked(each["datasource"]["uid"], each["query"])]
            except Answer as wrong:
                results[each["refId"]] = {"error": str(wrong), "status": 500, "frames": []}
            else:
                results[each["refId"]] = {"status": 200, "frames": frames}
        if any("error" in result for result in results.values()):
            raise Answer(400, "", results=results)
        return {"results": results}

    def _asked(self, uid: str, query: str) -> Json:
        source = self.sources[uid]
        try:
            answer = httpx.post(
                f"{source['url']}/api/v2/query",
                params={"org": source["jsonData"]["organization"]},
                headers={"Authorization": f"Token {self.secrets[uid]}", "Accept": "application/csv"},
                json={"query": query, "dialect": {"annotations": [], "header": True}},
                timeout=20,
            )
        except httpx.HTTPError as error:
            raise Answer(500, str(error)) from None
        if not answer.is_success:
            raise Answer(500, answer.json()["message"])
        rows = list(csv.DictReader(io.StringIO(answer.text.strip())))
        names = [name for name in (rows[0] if rows else {}) if name not in ("", "result", "table")]
        values = [[in_frame(name, row[name]) for row in rows] for name in names]
        return {"schema": {"fields": [{"name": name} for name in names]}, "data": {"values": values}}

    def annotations(self, _role: str, _body: Json) -> list[Json]:
        """None: what Hutch does with them is tried elsewhere."""
        return []

    def ruled(self, _role: str, _body: Json) -> Json:
        """The alert rules, by their folder."""
        return self.rules

    def evaluated(self, _role: str, _body: Json) -> Json:
        """The same, with how the last question went."""
        groups = [
            {
                "file": folder,
                "name": group["name"],
                "rules": [
                    {"name": rule["grafana_alert"]["title"], "health": "ok"} | rule.get("evaluated", {})
                    for rule in group["rules"]
                ],
            }
            for folder, each in self.rules.items()
            for group in each
        ]
        return {"status": "success", "data": {"groups": groups}}

    def get_board(self, role: str, _body: Json, uid: str) -> Json:
        """A dashboard with what Grafana knows of it."""
        if uid not in self.boards:
            hidden(role, "Dashboard not found")
        meta = {"provisioned": uid in self.files, "folderUid": self.places[uid]}
        return {"dashboard": self.boards[uid], "meta": meta}

    def save_board(self, role: str, body: Json) -> Json:
        """A new one, or one whose version is told; two of a folder have two titles."""
        allow(role, "dashboards:write")
        board, place = body["dashboard"], body.get("folderUid", "")
        uid = board["uid"]
        if uid in self.files:
            raise Answer(400, "Cannot save provisioned dashboard")
        if place and place not in self.folders:
            raise Answer(400, "Folder not found")
        version = self.boards.get(uid, {}).get("version", 0)
        if version and version != board.get("version") and not body["overwrite"]:
            raise Answer(412, "The dashboard has been changed by someone else", status="version-mismatch")
        titles = {self.boards[each]["title"]: each for each, in_it in self.places.items() if in_it == place}
        if titles.get(board["title"], uid) != uid:
            if not body["overwrite"]:
                raise Answer(412, "A dashboard with the same name in the folder already exists")
            # As Grafana below 12 does: whoever may overwrite gets somebody else's.
            uid = titles[board["title"]]
        self.boards[uid] = board | {"id": 7, "version": version + 1}
        self.places[uid] = place
        return {"status": "success", "uid": uid, "version": version + 1}


def in_frame(name: str, value: str) -> str | int:
    """A cell as a frame has it: times are ms since 1970."""
    return round(datetime.fromisoformat(value).timestamp() * 1000) if name == "_time" else value


def allow(role: str, action: str) -> None:
    """Refuse who may not."""
    if action not in MAY[role]:
        raise Answer(403, f"You'll need additional permissions to perform this action: {action}")


def hidden(role: str, message: str) -> NoReturn:
    """Who may not see everything of a kind is not told which there are."""
    raise Answer(404, message) if role == "Admin" else Answer(403, "Access denied")


ROUTES: list[tuple[str, str, Callable[..., Json | list[Json]]]] = [
    ("GET", r"/annotations", StandIn.annotations),
    ("GET", r"/ruler/grafana/api/v1/rules", StandIn.ruled),
    ("GET", r"/prometheus/grafana/api/v1/rules", StandIn.evaluated),
    ("GET", r"/access-control/user/permissions", StandIn.permissions),
    ("GET", r"/org", StandIn.organisation),
    ("POST", r"/folders", StandIn.make_folder),
    ("GET", r"/folders/([^/]+)", StandIn.get_folder),
    ("DELETE", r"/folders/([^/]+)", StandIn.delete_folder),
    ("POST", r"/datasources", StandIn.make_source),
    ("GET", r"/datasources/uid/([^/]+)", StandIn.get_source),
    ("PUT", r"/datasources/uid/([^/]+)", StandIn.change_source),
    ("DELETE", r"/datasources/uid/([^/]+)", StandIn.delete_source),
    ("GET", r"/datasources/uid/([^/]+)/health", StandIn.source_health),
    ("POST", r"/ds/query", StandIn.query),
    ("POST", r"/dashboards/db", StandIn.save_board),
    ("GET", r"/dashboards/uid/([^/]+)", StandIn.get_board),
]


class _Handler(BaseHTTPRequestHandler):
    grafana: StandIn

    def _serve(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        try:
            code, told = 200, self._told(body)
        except Answer as answer:
            code, told = answer.code, answer.body
        text = json.dumps(told).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _told(self, body: Json) -> Json | list[Json]:
        path = self.path.partition("?")[0].removeprefix(f"{PATH}/api")
        if path == "/health":
            return self.grafana.health("", body)
        role = self.grafana.role(self.headers)
        for method, pattern, serve in ROUTES:
            if method == self.command and (match := re.fullmatch(pattern, path)):
                return serve(self.grafana, role, body, *match.groups())
        raise Answer(404, "Not found")

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def stand_in(version: str = "13.2.1") -> Iterator[StandIn]:
    """One that serves on loopback until the block ends."""
    held = StandIn(version)
    handler = type("Handler", (_Handler,), {"grafana": held})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        held.url = f"http://127.0.0.1:{server.server_port}{PATH}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield held
        finally:
            server.shutdown()
            thread.join()
