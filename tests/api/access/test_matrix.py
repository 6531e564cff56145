"""Every route × every kind of caller: the answer follows from the route's right alone.

Who may is only held not to be refused: what an endpoint says to a made-up request is its own matter.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.routing import RouteContext
from starlette.routing import Mount

from api.access.guard import SAFE_METHODS
from api.access.rights import Right, rights_of, routes_of
from api.app import create_app
from tests.api.access.doors import caller, csrf, door_of, log_in, script_token
from tests.api.home import Home, a_home, serving

LOOK = {Right.PUBLIC, Right.VIEW, Right.LIVE, Right.COMMAND}
MAY: dict[str, set[Right]] = {
    "no token": {Right.PUBLIC},
    "wrong token": {Right.PUBLIC},
    "revoked token": {Right.PUBLIC},
    "expired token": {Right.PUBLIC},
    "ended session": {Right.PUBLIC},
    "viewer": LOOK,
    "viewer's script": LOOK,
    "device to ingest": {Right.PUBLIC, Right.INGEST, Right.COMMAND},
    "device for live": {Right.PUBLIC, Right.LIVE},
    "device to read": LOOK | {Right.METRICS},
    "device for metrics": {Right.PUBLIC, Right.METRICS},
    "owner": set(Right),
    "owner's script": set(Right),
    "owner's cookie alone": set(Right),
}
"""What each caller may, written down once more and otherwise than in the code."""
FURTHER = {"/auth/token", "/login", "/pages/alerts/mails"}
"""Where who has the right is asked further: for a password, or to be a person who gets mail."""
UNKNOWN = {"no token", "wrong token", "revoked token", "expired token", "ended session"}


@dataclass
class Callers:
    home: Home
    clients: dict[str, httpx.Client]


@pytest.fixture(scope="module")
def callers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    with ExitStack() as stack:
        home = stack.enter_context(a_home(tmp_path_factory.mktemp("matrix")))
        door = stack.enter_context(door_of(home))
        door.user("ada")
        door.user("gus", "viewer")
        plain = stack.enter_context(serving(home))
        made: dict[str, httpx.Client] = {}

        def let(name: str, authorization: str = "", cookie_of: str = "") -> httpx.Client:
            made[name] = stack.enter_context(caller(home, authorization))
            if cookie_of:
                assert log_in(made[name], cookie_of).status_code == 303
            return made[name]

        old = script_token(plain, "ada")
        home.clock.moment += timedelta(minutes=31)
        let("no token")
        let("wrong token", "Bearer hutch_000000000000_" + 43 * "a")
        revoked = door.device("revoked", "read")
        door.ledger.revoke_device("revoked", home.clock.moment)
        let("revoked token", f"Bearer {revoked}")
        let("expired token", f"Bearer {old}")
        ended = let("ended session", cookie_of="gus")
        for session in door.ledger.sessions(home.clock.moment):
            door.ledger.end_session(session.id)
        assert "hutch_session" in ended.cookies
        viewer = let("viewer", cookie_of="gus")
        viewer.headers["X-CSRF-Token"] = csrf(viewer)
        let("viewer's script", f"Bearer {script_token(plain, 'gus')}")
        let("device to ingest", f"Bearer {door.device('thermometer', 'ingest', 'nursery')}")
        let("device for live", f"Bearer {door.device('screen', 'live')}")
        let("device to read", f"Bearer {door.device('wall', 'read')}")
        let("device for metrics", f"Bearer {door.device('prometheus', 'metrics')}")
        owner = let("owner", cookie_of="ada")
        owner.headers["X-CSRF-Token"] = csrf(owner)
        let("owner's script", f"Bearer {script_token(plain, 'ada')}")
        let("owner's cookie alone", cookie_of="ada")
        assert made.keys() == MAY.keys()
        yield Callers(home, made)


def _requests(folder: Path) -> list[tuple[str, str, Right]]:
    """Every method and address of the app, with made-up names in it, and the right it declares."""
    with a_home(folder) as home:
        app = create_app(home.context)
        return [
            (method, _address(route), rights_of(app, route)[0])
            for route in routes_of(app)
            for method in sorted(route.methods or ({"GET"} if isinstance(route.route, Mount) else ()))
            if _address(route) != "/logout"  # it would end the callers' own sessions
        ]


def _address(route: RouteContext) -> str:
    path = re.sub(r"{[^}]*}", "nothing-0", route.path or "")
    return f"{path}/nothing" if isinstance(route.route, Mount) else path


@pytest.mark.parametrize("who", MAY)
def test_every_route_answers_by_its_right(callers: Callers, who: str, tmp_path: Path) -> None:
    client, wrong = callers.clients[who], []
    requests = _requests(tmp_path)
    assert len(requests) > 60
    for method, address, right in requests:
        expected = {401, 403} if right in MAY[who] else {401} if who in UNKNOWN else {403}
        if who == "owner's cookie alone" and method not in SAFE_METHODS and right is not Right.PUBLIC:
            expected, may = {403}, False
        else:
            may = right in MAY[who]
        with client.stream(method, address) as answer:
            status = answer.status_code
            if not may:
                answer.read()
                if method != "HEAD" and answer.headers.get("content-type") != "application/problem+json":
                    wrong.append(f"{method} {address}: a refusal as {answer.headers.get('content-type')}")
                if (status == 401) != ("www-authenticate" in answer.headers):
                    wrong.append(f"{method} {address}: {status} and its challenge do not agree")
        refused = status in expected
        if status >= 500 and status != 503:
            wrong.append(f"{method} {address}: {status}")
        if refused == may and not (may and address in FURTHER):
            wrong.append(f"{method} {address} ({right}): {status} to {who}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("who", ["no token", "ended session"])
def test_a_browser_is_led_to_the_login_instead(callers: Callers, who: str, tmp_path: Path) -> None:
    client = callers.clients[who]
    for method, address, right in _requests(tmp_path):
        if method != "GET" or right is Right.PUBLIC or address.startswith(("/pages/parts/", "/auth/")):
            continue
        answer = client.get(address, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/login?next={address}")
