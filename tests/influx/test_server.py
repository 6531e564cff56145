"""What each answer of InfluxDB means, from a real HTTP server that gives them, and from the real thing."""

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from influx.config import Retention
from influx.influxdb import flux
from influx.plan import plan
from influx.points import line, make
from influx.rfc3339 import exactly
from influx.schema import ENVIRONMENT
from influx.server import ServerStore
from influx.store import Page, Rejected, RowQuery, Store, StoreError, TooLarge, Unauthorized, Unavailable
from influx.windows import Window
from tests.influx.conftest import section
from tests.influx.horizons import RAW
from tests.servers import Influx

WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC))
LINES = ["environment,location=a,node=b,sensor=c temperature=20.0 1767225600000000000"]


class FaultyServer(ThreadingHTTPServer):
    """Gives every request the same answer, and keeps what was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = 204
        self.body = b""
        self.headers: dict[str, str] = {}
        self.announced: int | None = None
        self.hang = threading.Event()
        self.hang.set()
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        self.status, self.body = status, body.encode()
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class _Answer(BaseHTTPRequestHandler):
    server: FaultyServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.server.hang.wait(30)
        self.send_response(self.server.status)
        announced = self.server.announced
        self.send_header("Content-Length", str(len(self.server.body) if announced is None else announced))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.server.body)
        self.close_connection = announced is not None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
        """Say nothing."""


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    with FaultyServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.hang.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def store(faulty: FaultyServer) -> Iterator[ServerStore]:
    with closing(ServerStore(faulty.url, "home", "secret", timeout=timedelta(seconds=3))) as store:
        yield store


def spoken(code: str, message: str) -> str:
    return f'{{"code":"{code}","message":"{message}"}}'


QUESTIONS: list[Callable[[Store], object]] = [
    lambda store: store.write("environment", LINES),
    lambda store: store.series(plan("environment", ("temperature",), WINDOW, horizon=RAW)),
    lambda store: store.latest("environment", WINDOW),
    lambda store: store.rows(RowQuery("environment", WINDOW)),
    lambda store: store.delete("environment", {"location": "a", "node": "b", "sensor": "c"}, 0),
]
every_question = pytest.mark.parametrize(
    "ask", QUESTIONS, ids=["write", "series", "latest", "rows", "delete"]
)


@every_question
@pytest.mark.parametrize(
    ("status", "body", "meaning", "words"),
    [
        (400, spoken("invalid", "unable to parse"), Rejected, "400: unable to parse"),
        (422, spoken("unprocessable entity", "points beyond retention"), Rejected, "422: points beyond"),
        (400, "<h1>The plain HTTP request was sent to HTTPS port</h1>", Unavailable, "answers 400: <h1>"),
        (422, "[1, 2]", Unavailable, "answers 422"),
        (401, spoken("unauthorized", "unauthorized access"), Unauthorized, "401: unauthorized access"),
        (403, "", Unauthorized, "refuses the .* token with 403"),
        (404, spoken("not found", "bucket x not found"), Unavailable, "not found; `hutch influx apply`"),
        (404, "no such page", Unavailable, "is no InfluxDB 2 .*: it answers 404: no such page$"),
        (413, "", TooLarge, "larger"),
        (429, spoken("too many requests", "slow down"), Unavailable, "429: slow down"),
        (500, spoken("internal error", "oh"), Unavailable, "500: oh"),
        (503, "", Unavailable, "answers 503"),
        (302, "", Unavailable, "answers 302"),
    ],
)
def test_each_answer_has_its_meaning(
    faulty: FaultyServer,
    store: ServerStore,
    ask: Callable[[Store], object],
    status: int,
    body: str,
    meaning: type[StoreError],
    words: str,
) -> None:
    faulty.answer(status, body)
    with pytest.raises(meaning, match=words):
        ask(store)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 0.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("-3", None), ("", None)],
)
def test_the_time_to_wait_is_passed_on(
    faulty: FaultyServer, store: ServerStore, header: str, seconds: float | None
) -> None:
    faulty.answer(429, Retry_After=header)
    with pytest.raises(Unavailable) as caught:
        store.write("environment", LINES)
    assert caught.value.retry_after == seconds


@every_question
def test_a_server_that_hangs_is_unavailable(
    faulty: FaultyServer, store: ServerStore, ask: Callable[[Store], object]
) -> None:
    faulty.hang.clear()
    with pytest.raises(Unavailable, match="timed out"):
        ask(store)


@every_question
def test_a_server_that_is_gone_is_unavailable(ask: Callable[[Store], object]) -> None:
    with (
        closing(ServerStore("http://127.0.0.1:9", "home", "secret")) as store,
        pytest.raises(Unavailable, match="refused"),
    ):
        ask(store)


@every_question
@pytest.mark.parametrize("said", ["", ",result,table,_time\r\n"])
def test_an_answer_that_is_cut_off_is_unavailable(
    faulty: FaultyServer, store: ServerStore, ask: Callable[[Store], object], said: str
) -> None:
    faulty.answer(200, said)
    faulty.announced = 1000
    with pytest.raises(Unavailable):
        ask(store)


def test_a_query_that_fails_when_it_has_begun_to_answer_is_unavailable(
    faulty: FaultyServer, store: ServerStore
) -> None:
    faulty.answer(200, ",result,table,json\r\n\r\nerror,reference\r\nmemory limit exceeded,\r\n")
    with pytest.raises(Unavailable, match="gave up on the query: memory limit exceeded"):
        store.latest("environment", WINDOW)


def test_a_store_works_on_when_the_server_is_well_again(faulty: FaultyServer, store: ServerStore) -> None:
    faulty.answer(503)
    with pytest.raises(Unavailable):
        store.write("environment", LINES)
    faulty.answer(204)
    store.write("environment", LINES)


def test_lines_are_sent_once_compressed_and_with_the_token(faulty: FaultyServer, store: ServerStore) -> None:
    store.write("environment", [*LINES, *LINES])
    ((path, headers, body),) = faulty.asked
    assert path == "/api/v2/write?org=home&bucket=readings&precision=ns"
    assert headers["Authorization"] == "Token secret"
    assert gzip.decompress(body).decode() == "\n".join([*LINES, *LINES])


@pytest.mark.parametrize("fields", [{}, {"clip_state": "stored"}, {"revision": 1}], ids=str)
def test_a_page_that_finds_nothing_in_two_years_takes_five_questions(
    faulty: FaultyServer, store: ServerStore, fields: dict[str, str | int]
) -> None:
    faulty.answer(200, '{"results":[{"statement_id":0}]}')
    years = Window(WINDOW.start, WINDOW.start + timedelta(days=731))
    assert store.rows(RowQuery("pet_event", years, {"pet": "miso"}, fields)) == Page((), None)
    assert len(faulty.asked) == 5


def test_what_needs_no_answer_is_not_asked(faulty: FaultyServer, store: ServerStore) -> None:
    store.write("environment", [])
    with pytest.raises(Rejected, match="no measurement 'weather'"):
        store.write("weather", LINES)
    assert store.rows(RowQuery("environment", WINDOW, {"node": ()})) == Page((), None)
    assert faulty.asked == []


def test_points_older_than_their_bucket_keeps_are_rejected_by_influxdb(influx_server: Influx) -> None:
    config = section(influx_server, Retention(readings=timedelta(days=1)))
    tags = {"node": "pi", "sensor": "hat", "location": "nursery"}
    now = datetime.now(UTC)
    old, new = (make(ENVIRONMENT, tags, {"temperature": 20.0}, now - timedelta(days=days)) for days in (2, 0))
    with closing(
        ServerStore(config.url, config.org, influx_server.token, prefix=config.bucket_prefix)
    ) as store:
        with pytest.raises(Rejected, match="422"):
            store.write("environment", [line(old), line(new)])
        window = Window(now - timedelta(days=3), now + timedelta(seconds=1))
        assert store.rows(RowQuery("environment", window)).points == (new,)


def test_a_bucket_that_was_never_made_is_a_state_that_can_end(influx_server: Influx) -> None:
    made = ServerStore(influx_server.url, influx_server.org, influx_server.token, prefix="no-")
    with closing(made) as store, pytest.raises(Unavailable, match="`hutch influx apply` makes the buckets"):
        store.write("environment", LINES)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a"b', r'"a\x22b"'),
        ("${r.x}", r'"\x24{r.x}"'),
        ("a\\b\n", r'"a\x5cb\x0a"'),
        ("ü猫", '"ü猫"'),
        (True, "true"),
        (False, "false"),
        (-(2**63), 'int(v: "-9223372036854775808")'),
        (1e-7, 'float(v: "1e-07")'),
    ],
)
def test_values_become_literals(value: str | float, text: str) -> None:
    assert flux.literal(value) == text


def test_a_moment_is_spelled_to_the_nanosecond() -> None:
    assert exactly(1_700_000_000_123_456_789) == "2023-11-14T22:13:20.123456789Z"
    assert exactly(-1) == "1969-12-31T23:59:59.999999999Z"
