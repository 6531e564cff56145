"""docker-compose.yml on an engine of the tests' own, in a clone with a .env of ``hutch init``."""

import json
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.daemon import Daemon
from tests.deploy.composed import hutch, understood
from tests.deploy.engine import images
from tests.deploy.engine.engine import PATH, WORLD, Engine, engine, folder
from tests.servers import program

SITE = "hutch.example.org"
EVERY = "minio,seaweedfs,demo,node,dev"
PROFILES = "minio,demo,dev"
AUTHORITY = "/data/caddy/pki/authorities/local/root.crt"
DOOR = ("caddy", "grafana", "mailpit")
"""What people come to, and with it all that has to be there before."""
INIT = ("--full", "--demo", "--owner", "ada", "--site", SITE, "--node", "server")


class Passage(Daemon):
    """A Unix socket that leads to a port that the engine publishes."""

    port_count = 0

    def __init__(self, engine: Engine, port: int) -> None:
        super().__init__(engine.folder)
        self.name = f"passage-{port}"
        self.socket = engine.folder / f"{port}.sock"
        script = Path(__file__).with_name("passage.py")
        self._command = engine.inside(sys.executable, str(script), str(self.socket), str(port))

    def command(self) -> list[str]:
        """Python where the engine is."""
        return self._command

    def answers(self) -> bool:
        """Whether it is there; what it leads to may not be, yet."""
        return self.socket.exists()


class World(Daemon):
    """Somebody beyond the engine's network, who answers at port 80 of ``WORLD``."""

    name = "world"
    port_count = 0

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.folder)
        self._engine = engine

    def command(self) -> list[str]:
        """The stub, in the namespace of that name."""
        stub = str(images.STANDINS / "told.py")
        return self._engine.inside("ip", "netns", "exec", "world", sys.executable, stub, "80")

    def environment(self) -> dict[str, str]:
        """Where root's programs are."""
        return {"PATH": PATH}

    def answers(self) -> bool:
        """Whether the machine of the engine reaches it."""
        script = f"import socket; socket.create_connection({(WORLD, 80)}, 2)"
        asked = self._engine.inside(sys.executable, "-c", script)
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0


class Stack:
    """The services of a clone on an engine."""

    def __init__(self, engine: Engine, clone: Path, https: Path, http: Path) -> None:
        self.engine, self.clone = engine, clone
        self._sockets = {"https": https, "http": http}

    @property
    def secrets(self) -> dict[str, str]:
        """What .env knows."""
        lines = (self.clone / ".env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line[:1].isalpha())

    def compose(self, *arguments: str, profiles: str = PROFILES) -> subprocess.CompletedProcess[str]:
        """Docker Compose in the clone, whatever it answers."""
        return subprocess.run(
            [str(program("docker-compose")), "--progress=plain", *arguments],
            cwd=self.clone,
            env={
                "PATH": PATH,
                "HOME": str(self.engine.folder),
                "DOCKER_HOST": f"unix://{self.engine.socket}",
                "COMPOSE_PROFILES": profiles,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def done(self, *arguments: str, profiles: str = PROFILES) -> str:
        """What Docker Compose answers; fails with its words where it refuses."""
        answer = self.compose(*arguments, profiles=profiles)
        assert answer.returncode == 0, (
            f"{' '.join(arguments)}\n{answer.stdout}\n{answer.stderr}\n{self.states()}"
        )
        return answer.stdout

    def start(self, *services: str, profiles: str = PROFILES, wait: Sequence[str] = ()) -> None:
        """Start ``services``, or else all of them, and what they need."""
        how = ("--detach", "--no-build", "--pull=never", *wait)
        self.done("up", *how, *services, profiles=profiles)

    def up(self, *services: str, profiles: str = PROFILES) -> None:
        """The same; returns when they are healthy, and what is to end has ended well."""
        self.start(*services, profiles=profiles, wait=("--wait", "--wait-timeout=240"))

    def containers(self) -> dict[str, dict[str, Any]]:
        """What the engine knows of each service's container."""
        found = {}
        for each in self.engine.ask("/containers/json", all="true"):
            known = self.engine.ask(f"/containers/{each['Id']}/json")
            found[known["Config"]["Labels"]["com.docker.compose.service"]] = known
        return found

    def states(self) -> dict[str, str]:
        """How each service is: its health, or its state where nobody asks for that."""
        return {name: _state(known["State"]) for name, known in self.containers().items()}

    def within(self, service: str, script: str, *arguments: str) -> Any:
        """What ``script`` (Python) prints as JSON in the container of ``service``."""
        return json.loads(self.done("exec", "--no-TTY", service, "python3", "-c", script, *arguments))

    def within_another(self, service: str, script: str, *arguments: str) -> Any:
        """The same in a container of its own, of a service that has ended."""
        run = ("run", "--rm", "--no-TTY", "--no-deps", "--entrypoint", "python3", service)
        return json.loads(self.done(*run, "-c", script, *arguments))

    def kill(self, service: str) -> None:
        """Let the container's first process die as if of itself."""
        pid = self.containers()[service]["State"]["Pid"]
        subprocess.run(self.engine.inside("kill", "-9", str(pid)), check=True)

    @contextmanager
    def client(self, scheme: str = "https") -> Iterator[httpx.Client]:
        """Somebody at home, with a browser of their own."""
        authority = self.done(
            "exec", "--no-TTY", "caddy", "cat", "/data/caddy/pki/authorities/local/root.crt"
        )
        transport = httpx.HTTPTransport(
            uds=str(self._sockets[scheme]), verify=ssl.create_default_context(cadata=authority)
        )
        with httpx.Client(transport=transport, base_url=f"{scheme}://{SITE}", timeout=20) as made:
            yield made

    @contextmanager
    def owner(self) -> Iterator[httpx.Client]:
        """The owner, logged in."""
        with self.client() as made:
            form = {"username": "ada", "password": self.secrets["HUTCH_OWNER_PASSWORD"]}
            answer = made.post("/login", data=form)
            assert answer.status_code == 303, answer.text
            yield made


def _state(told: dict[str, Any]) -> str:
    if "Health" in told and told["Status"] == "running":
        return str(told["Health"]["Status"])
    return f"exited ({told['ExitCode']})" if told["Status"] == "exited" else str(told["Status"])


def cloned(into: Path) -> Path:
    """What git knows of the working tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=images.ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (images.ROOT / name).is_file() and not name.startswith(("docs/", "tests/", "benchmarks/")):
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(images.ROOT / name, into / name)
    return into


@contextmanager
def brought_up() -> Iterator[Stack]:
    """Everything, up and healthy, and gone without a trace when the block ends."""
    with ExitStack() as held:
        state = held.enter_context(folder())
        clone = cloned(state / "clone")
        # Not in the clone: this hutch would be the one that is there.
        made = hutch("init", str(clone), *INIT, cwd=state)
        assert made.returncode == 0, made.stderr
        services = understood(clone, environment={"COMPOSE_PROFILES": EVERY})["services"]
        with engine(state, apart=False) as builder:
            images.make(builder, clone, services)
        running = held.enter_context(engine(state, apart=True))
        passages = [Passage(running, port) for port in (443, 80)]
        for each in (*passages, World(running)):
            held.callback(each.stop)
            each.start()
        stack = Stack(running, clone, *(passage.socket for passage in passages))
        held.callback(stack.compose, "down", "--volumes", "--timeout=5", profiles=EVERY)
        # Collector and cameras are asked how they are only after a minute; nobody has to wait for them.
        stack.start()
        stack.up(*DOOR)
        yield stack
