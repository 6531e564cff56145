"""People and devices at the door of a home, and clients that act for them on a real server."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache

import httpx

from api.access.ledger import Ledger, Role, Scope, ledger_of
from api.access.passwords import hashed
from tests.api.home import Home

PASSWORD = "a pillow of hay"


@cache
def _hash() -> str:
    return hashed(PASSWORD)


@dataclass
class Door:
    """The ledger of a home, as the commands see it beside its server."""

    home: Home
    ledger: Ledger

    def user(self, name: str, role: Role = "owner") -> None:
        """Let ``name`` log in with ``PASSWORD``."""
        self.ledger.add_user(name, role, _hash(), self.home.clock.moment)

    def device(self, name: str, scope: Scope, node: str | None = None) -> str:
        """The token of a new device."""
        return self.ledger.add_device(name, scope, node, self.home.clock.moment)


@contextmanager
def door_of(home: Home) -> Iterator[Door]:
    with closing(ledger_of(home.context.data_dir)) as ledger:
        yield Door(home, ledger)


@contextmanager
def caller(home: Home, authorization: str = "") -> Iterator[httpx.Client]:
    """A client of the server over ``home``, without cookies of anybody else."""
    headers = {"Authorization": authorization} if authorization else {}
    with httpx.Client(base_url=home.url, headers=headers, timeout=10) as client:
        yield client


def log_in(client: httpx.Client, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Send the form of the page, as a browser does."""
    return client.post("/login", data={"username": name, "password": password, **more})


def csrf(client: httpx.Client, page: str = "/pages/formula") -> str:
    """The token that the page carries for its scripts."""
    found = re.search(r'data-csrf="([^"]*)"', client.get(page, headers={"Accept": "text/html"}).text)
    assert found is not None, f"{page} carries no token"
    return found[1]


def script_token(client: httpx.Client, name: str, password: str = PASSWORD) -> str:
    answer = client.post("/auth/token", data={"username": name, "password": password})
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token
