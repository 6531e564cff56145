"""One address, one login: what Caddy lets through to Hutch and to Grafana, and what it takes away."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import websocket

from influx.points import to_ns
from tests.api.access.doors import PASSWORD, csrf, log_in, script_token
from tests.api.running_camera import camera
from tests.api.watching import watching
from tests.daemon import HOST, free_ports, until
from tests.deploy.front import Caddy, Front, front

PAGE = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    with front(tmp_path_factory.mktemp("front")) as made:
        yield made


@pytest.fixture
def stranger(stack: Front) -> Iterator[httpx.Client]:
    with stack.client() as client:
        yield client


@pytest.fixture
def ada(stack: Front) -> Iterator[httpx.Client]:
    with stack.client() as client:
        assert log_in(client, "ada").status_code == 303
        yield client


def seen_by_grafana(answer: httpx.Response) -> dict[str, str]:
    assert answer.status_code == 200, answer.text
    headers: dict[str, str] = answer.json()["headers"]
    return headers


def test_who_is_logged_in_at_hutch_is_logged_in_at_grafana(ada: httpx.Client) -> None:
    got = seen_by_grafana(ada.get("/grafana/d/home"))
    assert (got["x-webauth-user"], got["x-webauth-role"]) == ("ada", "Admin")
    assert ada.get("/grafana/d/home").json()["path"] == "/grafana/d/home"


def test_grafana_can_tell_requests_of_its_own_pages_from_others(stack: Front, ada: httpx.Client) -> None:
    """It compares their origin with the name that people typed."""
    got = seen_by_grafana(ada.get("/grafana/api/search", headers={"Origin": stack.caddy.url}))
    assert got["host"] == httpx.URL(got["origin"]).netloc.decode()


def test_who_loses_caddys_own_authority_is_not_locked_out(stack: Front, stranger: httpx.Client) -> None:
    """Only a public certificate can be had again, so browsers may insist on that alone."""
    assert "strict-transport-security" not in stranger.get("/health").headers
    public = stack.caddy.adapted(HUTCH_TLS="ada@example.org")
    assert '"expr":"\\"ada@example.org\\" != \\"internal\\""' in public
    assert "Strict-Transport-Security" in public


def test_who_may_only_look_is_a_viewer_there(stack: Front) -> None:
    with stack.client() as gus:
        log_in(gus, "gus")
        got = seen_by_grafana(gus.get("/grafana/"))
    assert (got["x-webauth-user"], got["x-webauth-role"]) == ("gus", "Viewer")


def test_grafana_gets_neither_the_session_nor_a_token(stack: Front, ada: httpx.Client) -> None:
    got = seen_by_grafana(ada.get("/grafana/"))
    assert "hutch" not in json.dumps(got)
    assert "cookie" not in got
    with stack.client() as script:
        token = script_token(script, "ada")
    with stack.client(f"Bearer {token}") as script:
        got = seen_by_grafana(script.get("/grafana/api/search"))
    assert got["x-webauth-user"] == "ada"
    assert "authorization" not in got


@pytest.mark.parametrize("name", ["X-WEBAUTH-USER", "x-webauth-user", "X-Hutch-User", "x-hutch-USER"])
def test_what_a_stranger_claims_to_be_opens_nothing(stranger: httpx.Client, name: str) -> None:
    claims = {name: "ada", "X-WEBAUTH-ROLE": "Admin", "X-Hutch-Role": "owner"}
    assert stranger.get("/grafana/api/org", headers=claims).status_code == 401
    assert stranger.get("/events", headers=claims).status_code == 401


@pytest.mark.parametrize("name", ["X-WEBAUTH-USER", "X-Hutch-User"])
def test_nobody_becomes_somebody_else_by_a_header(stack: Front, name: str) -> None:
    more = [(name, "ada"), (name.lower(), "root"), ("X-WEBAUTH-ROLE", "Admin"), ("X-Hutch-Role", "owner")]
    more += [("X-WEBAUTH-EMAIL", "root@example.org"), ("X-Hutch-Anything", "else")]
    with stack.client() as gus:
        log_in(gus, "gus")
        got = seen_by_grafana(gus.get("/grafana/", headers=more))
    told = {key: value for key, value in got.items() if key.startswith(("x-webauth", "x-hutch"))}
    assert told == {"x-webauth-user": "gus", "x-webauth-role": "Viewer"}


@pytest.mark.parametrize("named", ["X-WEBAUTH-ROLE", "x-webauth-user", "X-Hutch-User, X-Hutch-Role"])
def test_nobody_keeps_from_grafana_who_they_are(stack: Front, named: str) -> None:
    """A proxy passes on nothing that `Connection` names; who was an owner would stay an administrator."""
    with stack.client() as gus:
        log_in(gus, "gus")
        got = seen_by_grafana(gus.get("/grafana/", headers={"Connection": named}))
    told = {key: value for key, value in got.items() if key.startswith(("x-webauth", "x-hutch"))}
    assert told == {"x-webauth-user": "gus", "x-webauth-role": "Viewer"}


def test_a_page_of_grafana_leads_to_the_login_and_back(stack: Front, stranger: httpx.Client) -> None:
    answer = stranger.get("/grafana/d/home?from=now-3h", headers=PAGE)
    assert answer.status_code == 303
    login = httpx.URL(answer.headers["location"])
    assert (login.path, login.params["next"]) == ("/login", "/grafana/d/home?from=now-3h")
    back = log_in(stranger, "ada", next=login.params["next"])
    assert back.headers["location"] == "/grafana/d/home?from=now-3h"


def test_a_script_of_grafana_is_told_in_words(stranger: httpx.Client) -> None:
    answer = stranger.post("/grafana/api/ds/query", json={})
    assert (answer.status_code, answer.text) == (401, "Log in first.")


def test_logging_out_of_hutch_is_logging_out_of_grafana(ada: httpx.Client) -> None:
    assert ada.get("/grafana/").status_code == 200
    assert ada.post("/logout", data={"csrf": csrf(ada)}).status_code == 303
    assert ada.get("/grafana/").status_code == 401


@pytest.mark.parametrize("scope", ["read", "live", "metrics", "ingest"])
def test_no_token_of_a_device_opens_grafana(stack: Front, scope: Any) -> None:
    name = f"{scope}-device"
    token = stack.door.device(name, scope, "esp" if scope == "ingest" else None)
    with stack.client(f"Bearer {token}") as device:
        answer = device.get("/grafana/api/search")
        assert answer.status_code in (401, 403), answer.text
        assert device.get(f"/d/{token}/grafana/").status_code in (401, 404)


def test_a_device_that_is_called_like_a_user_is_none(stack: Front) -> None:
    token = stack.door.device("ada", "read")
    with stack.client(f"Bearer {token}") as device:
        assert device.get("/events").status_code == 200
        answer = device.get("/grafana/", headers=PAGE)
    assert (answer.status_code, answer.text) == (403, "This takes a person who is logged in.")


def test_caddy_writes_no_token_into_its_log(tmp_path: Path) -> None:
    """Some devices have theirs in the path, which is told with each error."""
    api, grafana = free_ports(2)
    caddy = Caddy(tmp_path, api, grafana)
    try:
        caddy.start()
        for path in ("/d/hutch_sesame/receive-json", "/d/hutch_sesame", "//d/hutch_sesame/data?last=PT1H"):
            answer = httpx.post(caddy.url + path, verify=caddy.trust, timeout=10)
            assert answer.status_code == 502, "nobody is behind it"
        until("the errors are told", lambda: caddy.log.read_text().count('"status":502') == 3)
    finally:
        caddy.stop()
    assert "/d/…/data?last=PT1H" in caddy.log.read_text()
    assert "sesame" not in caddy.log.read_text()


def test_caddy_sends_nothing_on_a_connection_that_the_api_is_about_to_close(stack: Front) -> None:
    """What is no GET is not sent again: a device that posts every 5 s was told 502 now and then."""
    found = [how for how in handlers(json.loads(stack.caddy.adapted())) if stack.caddy.api in dialled(how)]
    assert len(found) > 2, "it asks about logins, and passes on"
    closed = uvicorn.Config(app="").timeout_keep_alive
    assert {how["transport"]["keep_alive"]["idle_timeout"] / 1e9 < closed for how in found} == {True}


def handlers(adapted: Any) -> Iterator[dict[str, Any]]:
    """Every proxy, however deep it is in what Caddy made of our file."""
    inner = (
        list(adapted.values()) if isinstance(adapted, dict) else adapted if isinstance(adapted, list) else ()
    )
    if isinstance(adapted, dict) and adapted.get("handler") == "reverse_proxy":
        yield adapted
    for each in inner:
        yield from handlers(each)


def dialled(proxy: dict[str, Any]) -> list[str]:
    """The addresses that it passes on to."""
    return [upstream["dial"] for upstream in proxy["upstreams"]]


def test_the_mails_of_the_profile_dev_are_for_owners(stack: Front, stranger: httpx.Client) -> None:
    assert stranger.get("/mailpit/").status_code == 401
    with stack.client() as gus:
        log_in(gus, "gus")
        assert gus.get("/mailpit/").status_code == 403


def test_health_is_open_and_all_else_is_not(stranger: httpx.Client) -> None:
    assert stranger.get("/health").status_code == 200
    for path in ("/", "/events", "/live", "/metrics", "/docs", "/grafana/", "/grafana/public/build/app.js"):
        assert stranger.get(path).status_code == 401, path


def test_plain_http_leads_to_tls(stack: Front) -> None:
    answer = httpx.get(f"{stack.caddy.plain_url}/events?last=P1D", timeout=10)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://localhost/events?last=P1D")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_another_name_leads_to_the_one_that_was_given(
    stack: Front, stranger: httpx.Client, scheme: str
) -> None:
    """Who types the bare address of the machine sees no empty page."""
    url = stack.caddy.url if scheme == "https" else stack.caddy.plain_url
    answer = stranger.get(f"{url}/grafana/?from=now-3h", headers={"Host": "192.168.1.7"})
    assert (answer.status_code, answer.headers["location"]) == (307, "https://localhost/grafana/?from=now-3h")


def test_only_who_trusts_its_authority_believes_caddy(stack: Front) -> None:
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{stack.caddy.url}/health", timeout=10)


def test_nobody_passes_for_another_address(stack: Front, stranger: httpx.Client) -> None:
    """Devices are let in by theirs, and who guesses passwords is slowed down by it."""
    claims = {"X-Forwarded-For": "192.168.1.17", "X-Real-IP": "192.168.1.17", "Forwarded": "for=192.168.1.17"}
    form = {"username": "gus", "password": PASSWORD}
    assert stranger.post("/login", data=form, headers=claims).status_code == 303
    sessions = stack.door.ledger.sessions(stack.home.clock.moment)
    assert {session.source for session in sessions} == {HOST}


def test_the_live_picture_passes_at_once_and_ends_with_its_watcher(stack: Front, ada: httpx.Client) -> None:
    with camera(stack.home.context.data_dir, "cage") as cage:
        with ada.stream("GET", "/live", params={"camera": "cage"}) as answer:
            assert answer.status_code == 200
            got = b""
            for chunk in answer.iter_raw():
                got += chunk
                if got.count(b"\xff\xd8\xff") >= 3:
                    break
        until("nobody watches any more", lambda: cage.live.watchers == 0)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_gas_comes_in_real_time(
    stack: Front, ada: httpx.Client, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(stack.caddy.authority))
    monkeypatch.setenv("WEBSOCKET_CLIENT_CA_BUNDLE", str(stack.caddy.authority))
    token = stack.door.device(f"panel-{transport}", "read")
    node = f"esp-{transport}"
    esp = stack.door.device(node, "ingest", node)
    with watching(stack.caddy.url, transport, {"Authorization": f"Bearer {token}"}) as watcher:
        with stack.client(f"Bearer {esp}") as device:
            at = to_ns(stack.home.clock.moment)
            line = f"gas,node={node},sensor=mq,gas=CO,channel=1,location=hutch concentration=7.5 {at}"
            sent = device.post("/api/v2/write", content=line)
            assert sent.status_code == 204, sent.text
        told = watcher.next()
    assert (told["id"], told["sensors"]) == (node, [{"type": "CO", "val": 7.5}])


def open_socket(stack: Front, cookie: str = "") -> websocket.WebSocket:
    return websocket.create_connection(
        f"{stack.caddy.url.replace('https', 'wss')}/grafana/api/live/ws",
        sslopt={"context": stack.trust},
        cookie=cookie or None,
        header={"X-WEBAUTH-USER": "root"},
        timeout=10,
    )


def test_the_sockets_of_grafana_have_the_same_login(stack: Front, ada: httpx.Client) -> None:
    cookie = "; ".join(f"{name}={value}" for name, value in ada.cookies.items())
    opened = open_socket(stack, cookie)
    try:
        got = json.loads(opened.recv())
    finally:
        opened.shutdown()  # type: ignore[no-untyped-call]
    assert got["headers"]["x-webauth-user"] == "ada"
    with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
        open_socket(stack)
