"""Pages of other sites: none may use the API but those of the origins that are named."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from pydantic import ValidationError

from api.config import ApiSection
from tests.api.gas.test_messages import message
from tests.api.home import Home, a_home, serving
from tests.api.watching import TRANSPORTS, watching

PANEL = "http://panel.example.org:3000"
FOREIGN = "https://evil.example"


@pytest.fixture(scope="module")
def panelled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, httpx.Client]]:
    """A home that lets one other site in, and a client of its server."""
    with a_home(tmp_path_factory.mktemp("cors")) as home:
        home.context = replace(home.context, config=ApiSection(port=0, cors_origins=(PANEL,)))
        with serving(home) as client:
            yield home, client


def preflight(client: httpx.Client, origin: str) -> httpx.Response:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
    }
    return client.options("/receive-json", headers=asked)


def test_the_named_site_may_read_and_send(panelled: tuple[Home, httpx.Client]) -> None:
    client = panelled[1]
    asked = preflight(client, PANEL)
    assert asked.status_code == 200
    assert "POST" in asked.headers["access-control-allow-methods"]
    browser = {"Origin": PANEL, "Sec-Fetch-Site": "cross-site"}
    sent = client.post("/receive-json", json=message(), headers=browser)
    read = client.get("/get-last-entity", headers=browser)
    for answer in (asked, sent, read):
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == PANEL
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]
    assert read.json() == message()


def test_no_other_site_may(panelled: tuple[Home, httpx.Client]) -> None:
    client = panelled[1]
    browser = {"Origin": FOREIGN, "Sec-Fetch-Site": "cross-site"}
    assert preflight(client, FOREIGN).status_code == 400
    assert client.post("/receive-json", json=message(), headers=browser).status_code == 403
    for answer in (preflight(client, FOREIGN), client.get("/get-last-entity", headers=browser)):
        assert "access-control-allow-origin" not in answer.headers


def test_without_names_no_site_may(client: httpx.Client) -> None:
    for origin in (PANEL, FOREIGN):
        assert client.post("/receive-json", json=message(), headers={"Origin": origin}).status_code == 403
        for answer in (preflight(client, origin), client.get("/cameras", headers={"Origin": origin})):
            assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_named_site_may_listen_to_gas(panelled: tuple[Home, httpx.Client], transport: str) -> None:
    home, client = panelled
    with watching(home.url, transport, {"Origin": PANEL}) as watcher:
        client.post("/receive-json", json=message(id=transport))
        assert watcher.next() == message(id=transport)


def test_polls_tell_the_browser_so(panelled: tuple[Home, httpx.Client]) -> None:
    handshake = "/socket.io/?EIO=4&transport=polling"
    answer = panelled[1].get(handshake, headers={"Origin": PANEL})
    assert answer.headers.get_list("access-control-allow-origin") == [PANEL]
    assert panelled[1].get(handshake, headers={"Origin": FOREIGN}).status_code == 403


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "panel.example.org",
        "https://panel.example.org/",
        "https://*.example.org",
        "HTTPS://A.example",
        "",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused_with_a_sentence(origin: str) -> None:
    with pytest.raises(ValidationError, match="is no origin; write each as browsers send it"):
        ApiSection(cors_origins=(origin,))


@pytest.mark.parametrize(
    "origin", ["https://panel.example.org", "http://192.168.1.20:3000", "http://[::1]:8080"]
)
def test_origins_as_browsers_send_them_are_taken(origin: str) -> None:
    assert ApiSection(cors_origins=(origin,)).cors_origins == (origin,)
