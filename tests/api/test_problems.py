import re
from datetime import timedelta

import anyio
import httpx
import pytest

from api.access.rights import Right, needs
from api.app import create_app
from api.pages.render import CONTENT_SECURITY_POLICY
from collector.spool import SpoolUnavailable
from influx.store import Rejected, Unauthorized, Unavailable
from influx.windows import WindowError
from tests.api.home import NOW, Home
from vision.clips import ClipsUnavailable


def test_an_unknown_address_is_a_problem(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing at this address; /docs lists what there is.",
    }


BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def test_an_unknown_address_is_a_page_in_a_browser(empty_client: httpx.Client) -> None:
    answer = empty_client.get("/nowhere", headers=BROWSER)
    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert "There is no page at this address." in answer.text
    assert 'href="/"' in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_what_an_endpoint_does_not_know_is_a_problem_in_a_browser_too(empty_client: httpx.Client) -> None:
    for path in ("/events/nonsense", "/static/nothing.js"):
        answer = empty_client.get(path, headers=BROWSER)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_wrong_method_is_a_problem(empty_client: httpx.Client) -> None:
    answer = empty_client.put("/events")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["detail"].startswith("This address does not take this method")


AWAY = "cannot be reached; Hutch's log says why."
EVENT = "cage-20260528T135900000Z-1"
QUESTIONS = (
    "/temperature/history",
    "/series?measurement=environment&field=temperature",
    "/latest",
    "/events",
    f"/events/{EVENT}",
    "/recordings",
    f"/clips/{EVENT}",
    f"/snapshots/{EVENT}",
    "/get-last-entity",
    "/get-data-from-timestamp?system_time=0",
    "/journal",
)
OF_THE_SEEDS = (
    "/live",
    "/events",
    "/events/{event_id}",
    "/recordings",
    "/temperature/history",
    "/receive-json",
    "/get-last-entity",
    "/get-data-from-timestamp",
    "/command",
)


def test_a_store_that_is_away_is_a_503_with_a_time_to_retry(cut_off: tuple[Home, httpx.Client]) -> None:
    for path in QUESTIONS:
        answer = cut_off[1].get(path)
        assert answer.status_code == 503, path
        assert int(answer.headers["retry-after"]) >= 1
        assert answer.json()["detail"].startswith("The database cannot be reached")


def test_the_address_of_a_store_that_is_away_is_told_to_the_log_alone_and_once(
    cut_off: tuple[Home, httpx.Client], caplog: pytest.LogCaptureFixture
) -> None:
    home, client = cut_off
    pages = [client.get(path).text for path in (*QUESTIONS, "/health", "/pages/events", "/")]
    for told in pages:
        assert "InfluxDB" not in told
        assert "refused" not in told
    (logged,) = (record.getMessage() for record in caplog.records if record.name == "api.away")
    assert re.match(
        r"the database does not answer the API: InfluxDB at http://127\.0\.0\.1:\d+ cannot be reached", logged
    )
    home.clock.moment += timedelta(minutes=5)
    client.get("/latest")
    assert sum(record.name == "api.away" for record in caplog.records) == 2, "the next trouble is told again"


def test_health_tells_that_the_store_is_away(cut_off: tuple[Home, httpx.Client]) -> None:
    told = cut_off[1].get("/health").json()
    assert told["status"] == "degraded"
    assert not told["store"]["reachable"]
    assert told["store"]["reason"]
    assert told["spool"]["reachable"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "evil.example:8000", "", "[::1", "a@127.0.0.1"]
)
def test_a_foreign_host_is_turned_away(empty_client: httpx.Client, host: str) -> None:
    answer = empty_client.get("/health", headers={"Host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_names_of_this_machine_are_served(empty_client: httpx.Client, host: str) -> None:
    assert empty_client.get("/ping", headers={"Host": host}).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_changes_nothing(empty_client: httpx.Client, headers: dict[str, str]) -> None:
    for method, path in (("POST", "/"), ("POST", "/api/v2/write"), ("DELETE", "/journal/1")):
        answer = empty_client.request(method, path, headers=headers)
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"


def test_our_own_pages_and_devices_may_change_things(home: Home, client: httpx.Client) -> None:
    entry = {"entry_type": "drink", "amount": 1, "name": "bottle of water"}
    own = {"Origin": home.url, "Sec-Fetch-Site": "same-origin"}
    assert client.post("/journal", json=entry, headers=own).status_code == 201
    assert client.post("/journal", json=entry).status_code == 201


def test_every_answer_is_guarded_by_headers(empty_client: httpx.Client) -> None:
    for path in ("/health", "/nowhere", "/docs"):
        headers = empty_client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert "server" not in headers


def test_the_documentation_loads_nothing_from_elsewhere(empty_client: httpx.Client) -> None:
    page = empty_client.get("/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 2
    for address in loaded:
        assert address.startswith("/"), f"{address} is on another server"
        assert empty_client.get(address).status_code == 200
    assert "//" not in page.text.replace("<!--", ""), "no other address at all"


def test_the_description_names_every_endpoint_of_the_seeds(empty_client: httpx.Client) -> None:
    paths = empty_client.get("/openapi.json").json()["paths"]
    assert set(OF_THE_SEEDS) <= set(paths)


@pytest.mark.parametrize(
    ("error", "status", "words", "retry"),
    [
        (Unavailable("no route", retry_after=7.4), 503, f"The database {AWAY}", "7"),
        (Unavailable("no route"), 503, f"The database {AWAY}", "5"),
        (
            Unauthorized("bad token"),
            503,
            "The database refuses Hutch's token; Hutch's log says which, and what to do.",
            "60",
        ),
        (
            Rejected("no such bucket at 10.0.0.7"),
            502,
            "The database gives no answer; Hutch's log says why.",
            None,
        ),
        (ClipsUnavailable("no route"), 503, f"The store of clips {AWAY}", "5"),
        (SpoolUnavailable("disk full"), 503, "Nothing can be stored now: disk full.", "5"),
        (WindowError("it stops before it starts"), 422, "it stops before it starts.", None),
        (RuntimeError("a secret"), 500, "Something went wrong inside Hutch; its log has the details.", None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_known_error_has_its_answer(
    home: Home, error: Exception, status: int, words: str, retry: str | None
) -> None:
    app = create_app(home.context)

    @app.get("/broken", dependencies=[needs(Right.VIEW)])
    async def broken() -> None:
        raise error

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.get("/broken")

    answer = anyio.run(ask)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == words


def test_nothing_is_accepted_that_the_spool_cannot_take(home: Home, client: httpx.Client) -> None:
    home.context.spool.close()
    line = f"environment,location=hutch,node=pi,sensor=hat temperature=20 {int(NOW.timestamp())}000000000"
    answer = client.post("/api/v2/write", content=line)
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Nothing can be stored now")
    told = client.get("/health").json()
    assert (told["status"], told["spool"]["reachable"]) == ("degraded", False)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/health",
        "/events",
        "/recordings",
        "/pages/live",
        "/pages/events",
        "/pages/journal",
        "/pages/formula",
    ],
)
def test_head_answers_like_get_without_the_body(empty_client: httpx.Client, path: str) -> None:
    got, told = empty_client.get(path), empty_client.head(path)
    assert (told.status_code, told.content) == (200, b"")
    assert told.headers["content-type"] == got.headers["content-type"]


def test_head_of_what_is_not_there_is_a_404_too(empty_client: httpx.Client) -> None:
    for path in ("/events/nonsense", "/pages/events/nonsense"):
        assert (empty_client.head(path).status_code, empty_client.get(path).status_code) == (404, 404)


@pytest.mark.parametrize("body", [b'{"command": "\xff"}', b'{"command": ' + 5000 * b"9", 50_000 * b"["])
def test_a_body_that_cannot_be_read_gets_a_sentence_that_helps(
    empty_client: httpx.Client, body: bytes
) -> None:
    answer = empty_client.post("/command", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("The body cannot be read: JSON is UTF-8, its lists within")


def test_a_slash_too_many_leads_nowhere(empty_client: httpx.Client) -> None:
    """A redirect would name http behind a proxy with TLS, and tokens would travel in the clear."""
    for path in ("/events/", "/journal/", "/pages/events/"):
        answer = empty_client.get(path, headers={"Host": "localhost"})
        assert (answer.status_code, answer.headers.get("location")) == (404, None)
