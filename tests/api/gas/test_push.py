import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from socketio.exceptions import ConnectionError as Refused
from websocket import WebSocket, WebSocketBadStatusException, create_connection

from api.gas import messages, push, socket_io
from influx import points
from influx.points import Point
from tests.api.access.doors import door_of
from tests.api.gas.test_messages import TS, message
from tests.api.home import NOW, Home, a_home, serving
from tests.api.watching import TRANSPORTS, Watcher, watching
from tests.daemon import wait_until

LINE = "gas,node=esp,sensor=mq,gas=CO,channel={channel},location=hutch concentration={ppm} {at}"


def from_mqtt(ts: int, ppm: float = 12.0) -> list[Point]:
    """What a collector makes of a message and its writer stores."""
    return messages.to_points(
        messages.Message.model_validate(message(ts=ts, sensors=[{"type": "CO", "val": ppm}])), "hutch"
    )


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_new_message_is_pushed_as_it_was_sent(client: httpx.Client, home: Home, transport: str) -> None:
    with watching(home.url, transport) as one, watching(home.url, transport) as other:
        assert client.post("/receive-json", json=message()).status_code == 200
        assert one.next() == message()
        assert other.next() == message()
        assert one.nothing_more()


def test_a_client_that_starts_polling_goes_on_by_websocket(client: httpx.Client, home: Home) -> None:
    watcher = Watcher()
    watcher.client.connect(home.url, wait_timeout=10)
    try:
        assert wait_until(lambda: watcher.client.transport() == "websocket", 5)
        client.post("/receive-json", json=message())
        assert watcher.next() == message()
    finally:
        watcher.close()


def test_gas_in_line_protocol_is_pushed_too(client: httpx.Client, home: Home) -> None:
    at = points.to_ns(NOW)
    lines = [
        LINE.format(channel=0, ppm=5, at=at),
        LINE.format(channel=1, ppm=7.5, at=at),
        f"node,node=esp battery=80 {at}",
    ]
    lines += [f"environment,node=esp,sensor=dht,location=hutch temperature=20 {at}"]
    with watching(home.url) as watcher:
        assert client.post("/api/v2/write", content="\n".join(lines)).status_code == 204
        assert watcher.next() == {
            "pct": 80,
            "id": "esp",
            "ts": TS,
            "sensors": [{"type": "CO", "val": 5}, {"type": "CO", "val": 7.5}],
        }
        assert watcher.nothing_more()


def test_what_another_process_stores_is_found_once(client: httpx.Client, home: Home) -> None:
    home.store(*from_mqtt(TS - 30))
    with watching(home.url) as watcher:
        assert client.post("/receive-json", json=message(ts=TS - 20)).status_code == 200
        assert watcher.next()["ts"] == TS - 20
        # The first look has made what was there history, and looks go on every two seconds.
        assert watcher.nothing_more(2 * push.LOOK_EVERY)
        home.store(*from_mqtt(TS - 10))
        assert watcher.next() == {
            "pct": 90,
            "id": "handheld 1",
            "ts": TS - 10,
            "sensors": [{"type": "CO", "val": 12}],
        }
        assert watcher.nothing_more(1.5 * push.LOOK_EVERY), "the store's copy was told again"


def test_a_message_that_is_refused_is_told_nobody(client: httpx.Client, home: Home) -> None:
    with watching(home.url) as watcher:
        assert client.post("/receive-json", json=message(ts=1673049150)).status_code == 422
        assert client.post("/receive-json", json=message()).status_code == 200
        assert watcher.next() == message()


def test_coming_and_going_is_logged_once(
    client: httpx.Client, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, socket_io.__name__)
    with watching(home.url) as first, watching(home.url, "polling"):
        assert first.client.connected
    assert wait_until(lambda: len(caplog.records) == 4, 5), caplog.messages
    assert caplog.messages[0] == "local listens to gas, 1 in all"
    assert sorted(caplog.messages[2:]) == [
        "local no longer listens to gas, 0 do",
        "local no longer listens to gas, 1 do",
    ]
    assert [record.levelname for record in caplog.records].count("INFO") == 1, "the rest is for who debugs"


def test_a_watcher_comes_back_after_the_server_was_away(tmp_path: Path) -> None:
    watcher = Watcher(reconnection=True)
    with a_home(tmp_path) as home:
        with serving(home) as client:
            watcher.connect(home.url, "websocket")
            port = int(home.url.rpartition(":")[2])
        assert watcher.events.get(timeout=10) == "disconnect"
        try:
            with serving(home, port) as client:
                assert watcher.events.get(timeout=10) == "connect"
                client.post("/receive-json", json=message())
                assert watcher.next() == message()
        finally:
            watcher.close()


def raw(home: Home, *, origin: str | None = None) -> WebSocket:
    """A WebSocket to the endpoint, before any word of Socket.IO."""
    url = f"{home.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket"
    return create_connection(url, timeout=5, origin=origin, suppress_origin=origin is None)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_cannot_connect(client: httpx.Client, home: Home, origin: str) -> None:
    with pytest.raises(WebSocketBadStatusException, match="403"):
        raw(home, origin=origin)
    handshake = client.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": origin})
    assert handshake.status_code == 403
    assert "access-control-allow-origin" not in handshake.headers


def test_a_page_of_our_own_can(client: httpx.Client, home: Home) -> None:
    raw(home, origin=home.url).close()
    assert client.get("/socket.io/?EIO=4&transport=polling", headers={"Origin": home.url}).status_code == 200


def test_a_watcher_that_reads_nothing_loses_the_oldest_and_holds_up_nobody(
    client: httpx.Client, home: Home
) -> None:
    opened = client.get("/socket.io/?EIO=4&transport=polling").text
    sid = opened.partition('"sid":"')[2].partition('"')[0]
    address = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
    assert client.post(address, content="40").text.lower() == "ok"
    assert client.get(address).text.startswith("40{")
    sent = 3 * socket_io.MOST_WAITING
    with watching(home.url) as quick:
        for number in range(sent):
            assert client.post("/receive-json", json=message(ts=TS - sent + number)).status_code == 200
            assert quick.next()["ts"] == TS - sent + number
    waiting = client.get(address).text.split("\x1e")
    assert len(waiting) == socket_io.MOST_WAITING
    assert f'"ts":{TS - 1}' in waiting[-1], "the newest is there"


def test_history_that_is_sent_in_is_not_told_whole(client: httpx.Client, home: Home) -> None:
    at = points.to_ns(NOW)
    lines = [LINE.format(channel=0, ppm=number, at=at - number * 10**9) for number in range(5_000)]
    with watching(home.url) as watcher:
        assert client.post("/api/v2/write", content="\n".join(lines)).status_code == 204
        told = [watcher.next() for _ in range(100)]
        assert told[-1]["ts"] == TS
        assert watcher.nothing_more(1.0)


def test_no_more_than_so_many_watch_and_the_next_is_told(client: httpx.Client, home: Home) -> None:
    with ExitStack() as all_of_them:
        for _ in range(socket_io.MOST_LISTENERS):
            one = all_of_them.enter_context(closing_ws(raw(home)))
            one.recv()
            one.send("40")
            assert str(one.recv()).startswith("40")
        with pytest.raises(Refused, match="failed to connect"), watching(home.url):
            pass
        client.post("/receive-json", json=message())
        assert "update_data" in str(one.recv())
    assert wait_until(lambda: can_watch(home), 10), "who left made no room"


@contextmanager
def closing_ws(socket: WebSocket) -> Iterator[WebSocket]:
    try:
        yield socket
    finally:
        socket.close()


def can_watch(home: Home) -> bool:
    try:
        with watching(home.url):
            return True
    except Refused:
        return False


NONSENSE = (
    ("GET", "?EIO=4&transport=carrier-pigeon", b""),
    ("GET", "?EIO=3&transport=polling", b""),
    ("GET", "?EIO=4&transport=polling&sid=nobody", b""),
    ("GET", "?EIO=4&transport=polling&j=0", b""),
    ("POST", "?EIO=4&transport=polling", b"40"),
    ("PUT", "?EIO=4&transport=polling", b""),
    ("GET", "", b""),
    ("GET", "elsewhere", b""),
    ("GET", "?EIO=4&transport=polling&sid=%ff%fe", b""),
)


@pytest.mark.parametrize(("method", "query", "body"), NONSENSE)
def test_nonsense_is_a_mistake_of_who_sent_it(
    empty_client: httpx.Client, method: str, query: str, body: bytes
) -> None:
    assert 400 <= empty_client.request(method, f"/socket.io/{query}", content=body).status_code < 500


@pytest.mark.parametrize(
    "words", [b"9", b"4", b"42[", b'42{"a":1}', b"\xff\xfe", b"x" * 20_000, b"4" * 9_000]
)
def test_malformed_messages_end_who_sent_them_alone(
    client: httpx.Client, home: Home, words: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    sid = client.get("/socket.io/?EIO=4&transport=polling").text.partition('"sid":"')[2].partition('"')[0]
    assert client.post(f"/socket.io/?EIO=4&transport=polling&sid={sid}", content=words).status_code < 500
    with closing_ws(raw(home)) as socket:
        socket.recv()
        socket.send_text(words.decode("latin-1"))
        socket.send_binary(words)
    with watching(home.url) as watcher:
        client.post("/receive-json", json=message())
        assert watcher.next() == message()
    ours = [record for record in caplog.records if record.name.startswith(("api", "uvicorn"))]
    assert not [record for record in ours if record.levelno >= logging.WARNING]


def test_who_may_not_look_cannot_watch_and_who_no_longer_may_is_told_nothing(home: Home) -> None:
    with door_of(home) as door, serving(home) as client:
        door.user("anna")
        sender, seer = door.device("esp", "ingest", "esp"), door.device("wall", "read")
        for secret in ("", sender):
            with pytest.raises(Refused), watching(home.url, headers=bearer(secret)):
                pass
        with watching(home.url, headers=bearer(seer)) as first, ExitStack() as others:
            polling = others.enter_context(watching(home.url, "polling", bearer(seer)))
            client.post("/receive-json", json=message(id="esp"), headers=bearer(sender))
            assert first.next() == polling.next() == message(id="esp")
            assert door.ledger.revoke_device("wall", home.clock.moment)
            client.post("/receive-json", json=message(id="esp", ts=TS), headers=bearer(sender))
            for watcher in (first, polling):
                assert watcher.events.get(timeout=10) == "disconnect"
            assert polling.nothing_more()


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"} if secret else {}
