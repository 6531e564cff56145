"""Listening to a real broker: nothing that it was asked to keep is lost, whoever dies."""

import json
import logging
import random
import shutil
import socket
import subprocess
import threading
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from paho.mqtt import publish

from collector.clock import Stamp
from collector.config import CollectorSection
from collector.loop import run
from collector.mqtt.config import MqttSection
from collector.mqtt.subscriber import Subscriber
from collector.sensors.reading import SensorError
from collector.spool import SpoolUnavailable
from influx import points
from influx.config import Retention
from influx.embedded import EmbeddedStore
from influx.points import Point
from influx.registry import Kind, Thing, entries
from influx.schema import ENVIRONMENT
from influx.windows import Window
from tests.collector.lines import spool_at, take_all
from tests.collector.mqtt.reading import CASES, NOW, expected_of, messages_of
from tests.collector.test_kill import child, read_lines
from tests.daemon import HOST, wait_until
from tests.needs import lacking
from tests.servers import Mosquitto, mosquitto

TIMED = """
[[topics]]
topic = "room/+"
sensor = "{1}"
location = "den"
fields = { temperature = "$.t" }
time = "$.at"
"""
UNTIMED = TIMED.replace('time = "$.at"', "")

CHILD = """
import sys, threading
from datetime import timedelta
from pathlib import Path
from collector.config import SpoolSection
from collector.gate import Gate
from collector.mqtt.config import MqttSection
from collector.mqtt.subscriber import Subscriber
from collector.spool import Spool
from influx.config import Retention
folder, when = Path(sys.argv[1]), sys.argv[2]
spool = Spool(folder / "spool.sqlite", SpoolSection())
def add(points, boot=None):
    if when == "before":
        print(len(points), flush=True)
        threading.Event().wait()
    spool.add(points, durable=True)
    print(len(points), flush=True)
    if when == "after":
        threading.Event().wait()
config = MqttSection.model_validate_json((folder / "mqtt.json").read_text())
stamp = Gate(spool, timedelta(seconds=1)).stamp
keep = Retention(readings=None)  # the messages are from long ago
Subscriber(config, node="pi", add=add, stamp=stamp, stop=threading.Event(), retention=keep).run()
"""


@pytest.fixture(scope="module")
def shared_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    """A broker for tests that do not stop it; each has a client id of its own."""
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker that a test may stop."""
    folder = tmp_path / "broker"
    folder.mkdir()
    with mosquitto(folder) as server:
        yield server


def section(server: Mosquitto, folder: Path, topics: str = TIMED, **more: object) -> MqttSection:
    """The configuration of a subscriber of ``server``; ``topics`` in TOML."""
    (folder / "password").write_text(f"{server.password}\n")
    known: dict[str, object] = {
        "broker": HOST,
        "port": server.ports[0],
        "username": server.username,
        "password_file": folder / "password",
        "client_id": folder.name,
    }
    return MqttSection.model_validate(known | tomllib.loads(topics) | more)


def send(
    server: Mosquitto,
    messages: Sequence[tuple[str, object]],
    *,
    retain: bool = False,
    tls: Path | None = None,
) -> None:
    """Publish what the broker keeps for who is away (QoS 1); it has it when this returns."""
    if not messages:
        return
    publish.multiple(
        [
            (topic, what if isinstance(what, bytes) else json.dumps(what), 1, retain)
            for topic, what in messages
        ],
        hostname=HOST,
        port=server.ports[0],
        auth={"username": server.username, "password": server.password},
        tls={"ca_certs": str(tls)} if tls else None,
    )


def reading(number: int) -> tuple[str, object]:
    """A message of the room, each with a time of its own, and none in the future."""
    at = NOW - timedelta(seconds=number)
    return (f"room/s{number % 3}", {"t": 20 + number % 10, "at": at.isoformat()})


def lines(numbers: Iterable[int]) -> set[str]:
    """What becomes of ``reading``."""
    return {
        f"environment,location=den,node=pi,sensor=s{number % 3} temperature={20 + number % 10}.0"
        f" {points.to_ns(NOW - timedelta(seconds=number))}"
        for number in numbers
    }


@dataclass
class Heard:
    """What a subscriber brought, and the subscriber."""

    subscriber: Subscriber
    points: list[Point] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        return [points.line(point) for point in self.points]


@contextmanager
def listening(
    config: MqttSection,
    add: Callable[[Iterable[Point]], object] | None = None,
    now: datetime = NOW + timedelta(hours=1),
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Heard]:
    """A subscriber at work, in a thread as the collector has it."""
    stop = threading.Event()
    brought: list[Point] = []

    def bring(points: Iterable[Point], *, boot: str | None = None) -> None:
        assert boot is None
        (add or brought.extend)(points)

    subscriber = Subscriber(
        config,
        node="pi",
        add=bring,
        stamp=lambda: Stamp(points.to_ns(now)),
        stop=stop,
        monotonic=monotonic,
    )
    thread = threading.Thread(target=subscriber.run, name="mqtt")
    thread.start()
    try:
        yield Heard(subscriber, brought)
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive(), "the subscriber did not stop within 10 s"


def subscribed(server: Mosquitto, times: int = 1) -> None:
    """Wait until the broker has answered that many subscriptions, one for each topic."""
    assert wait_until(lambda: server.log.read_text().count("Sending SUBACK") >= times, 10), (
        "nobody subscribed"
    )


def heard(told: Heard, count: int) -> None:
    assert wait_until(lambda: len(told.points) >= count, 10), f"only {len(told.points)} of {count} came"


def spoken(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the subscriber has logged; paho, which ``send`` uses too, logs for itself."""
    return [each.getMessage() for each in caplog.records if each.name == "collector.mqtt.subscriber"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_device_publishes_becomes_points(tmp_path: Path, broker: Mosquitto, case: Path) -> None:
    config = section(broker, tmp_path, (case / "topics.toml").read_text())
    messages, expected = messages_of(case), expected_of(case)
    send(broker, [(each.topic, each.payload) for each in messages if each.retained], retain=True)
    with listening(config, now=NOW) as told:
        subscribed(broker, len({topic.topic for topic in config.topics}))
        send(broker, [(each.topic, each.payload) for each in messages if not each.retained])
        refused = sum(bool(each.refused) for each in messages)
        wait_until(lambda: told.subscriber.refused >= refused, 10)
        heard(told, len(expected))
    assert sorted(told.lines) == sorted(expected)
    assert told.subscriber.refused == refused


def test_a_bad_message_is_told_once_a_topic_and_blocks_nobody(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with listening(section(broker, tmp_path)) as told:
        subscribed(broker)
        send(broker, [*[("room/s1", b"broken")] * 50, ("room/s2", b"x" * 60_000), reading(1)])
        heard(told, 1)
        assert (told.subscriber.taken, told.subscriber.refused) == (1, 51)
        report = told.subscriber.report(NOW)
    assert report.fields == {"accepted": 1, "rejected": 51}
    complaints = [words for words in spoken(caplog) if "refused" in words]
    assert complaints == [
        "MQTT message of room/s1 refused, and none like it is told again: no JSON: 'broken'",
        f"MQTT message of room/s2 refused, and none like it is told again: no JSON: '{'x' * 59}",
    ]
    with listening(section(broker, tmp_path)) as told:
        subscribed(broker, 2)
        send(broker, [reading(2)])
        heard(told, 1)
        assert told.subscriber.refused == 0, "a bad message was not acknowledged"


def test_no_payload_stops_what_comes_after_it(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    bad: list[tuple[str, object]] = [
        ("room/s1", b'{"t": 1%s}' % (b"0" * 400)),
        ("room/s1", {"t": 20, "at": "0001-01-01T00:00:00"}),
        ("room/s1", {"t": 20, "at": "9999-12-31T23:59:59"}),
        # Deep enough for JSON and, at some depth, too deep for who tells what is wrong with it.
        *(("room/s1", b'{"t": %s}' % (b"[" * depth + b"]" * depth)) for depth in range(880, 1000)),
    ]
    config = section(broker, tmp_path, f'{TIMED}time_zone = "Europe/Zurich"\n')
    with listening(config) as told:
        subscribed(broker)
        send(broker, [reading(1), *bad, reading(2)])
        heard(told, 2)
        assert told.subscriber.refused == len(bad)
    assert set(told.lines) == lines([1, 2])
    assert sum("refused" in words for words in spoken(caplog)) == 1
    # Who leaves while acknowledgements are on their way is told some again, but not for ever.
    for connection in range(2, 7):
        with listening(config) as told:
            subscribed(broker, connection)
            send(broker, [reading(3)])
            heard(told, 1)
        if told.subscriber.refused == 0:
            break
    assert told.subscriber.refused == 0, "a bad message was not acknowledged"


def test_a_topic_is_remembered_by_its_beginning(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    long = f"room/{'x' * 10_000}"
    with listening(section(broker, tmp_path)) as told:
        subscribed(broker)
        send(broker, [(f"{long}{number}", b"broken") for number in range(3)])
        send(broker, [reading(1)])
        heard(told, 1)
        assert told.subscriber.refused == 3
    (told_once,) = spoken(caplog)[-1:]
    assert len(told_once) < 400
    assert sum("refused" in words for words in spoken(caplog)) == 1


def test_two_of_one_name_say_so_once_and_are_not_back(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = section(broker, tmp_path)

    def told(words: str) -> int:
        return sum(words in each for each in spoken(caplog))

    with listening(config), listening(config):
        assert wait_until(lambda: told("ends one connection after the other") >= 1, 20)
    assert told(f"calls itself {config.client_id}, too, give one of the two another client_id") in (1, 2)
    assert told("is back") == 0
    assert told("is lost") == 2


def test_a_session_that_another_took_over_is_told_with_what_to_do(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """By a broker that says so, which Mosquitto does not."""
    caplog.set_level(logging.INFO)
    with socket.create_server((HOST, 0)) as listener:
        listener.settimeout(20)
        known = {"broker": HOST, "port": listener.getsockname()[1], "username": "u", "client_id": "twin"}
        config = MqttSection.model_validate(known | tomllib.loads(TIMED))
        with listening(config):
            for _ in range(3):
                with listener.accept()[0] as client:
                    client.recv(1000)
                    client.sendall(bytes.fromhex("20 03 00 00 00"))  # CONNACK
                    asked = client.recv(1000)
                    client.sendall(bytes.fromhex("90 04") + asked[2:4] + bytes.fromhex("00 01"))  # SUBACK
                    client.sendall(bytes.fromhex("e0 02 8e 00"))  # DISCONNECT: session taken over
    address = f"MQTT broker {HOST}:{known['port']}"
    assert spoken(caplog)[:2] == [
        f"{address} is there",
        f"{address} is lost: another calls itself twin, too; give one of the two another client_id",
    ]
    assert not any("is back" in words for words in spoken(caplog))


def test_a_message_larger_than_is_read_is_not_even_sent(tmp_path: Path, broker: Mosquitto) -> None:
    with listening(section(broker, tmp_path)) as told:
        subscribed(broker)
        send(broker, [("room/s1", b"x" * 1_000_000), reading(1)])
        heard(told, 1)
        assert told.subscriber.refused == 0
    assert "Dropping too large outgoing PUBLISH" in broker.log.read_text()


def test_what_waited_at_the_broker_comes_marked_where_its_time_is_unknown(
    tmp_path: Path, broker: Mosquitto
) -> None:
    config = section(broker, tmp_path, UNTIMED)
    with listening(config) as told:
        subscribed(broker)
        send(broker, [("room/s1", {"t": 20})])
        heard(told, 1)
        assert "estimated" not in told.points[0].fields
    send(broker, [("room/s1", {"t": 21}), ("room/s1", {"t": 22})])
    with listening(config) as told:
        heard(told, 2)
    assert [point.fields for point in told.points] == [
        {"temperature": 21.0, "estimated": True},
        {"temperature": 22.0, "estimated": True},
    ]


def test_a_broker_that_is_away_is_told_once_and_nothing_is_lost(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    # A connection must have held for a while to count as back: for this clock it has soon.
    with listening(section(broker, tmp_path), monotonic=lambda: time.monotonic() * 1000) as told:
        subscribed(broker)
        send(broker, [reading(1)])
        heard(told, 1)
        for number, end in ((2, broker.stop), (3, broker.kill)):
            end()
            broker.start()
            subscribed(broker, number)
            send(broker, [reading(number)])
            heard(told, number)
            assert wait_until(lambda: "back" in spoken(caplog)[-1], 10)
    assert set(told.lines) == lines([1, 2, 3])
    said = spoken(caplog)
    assert not [words for words in said if "Unspecified" in words]
    address = f"MQTT broker {HOST}:{broker.ports[0]} is"
    assert [words.partition(" lost")[0] for words in said] == [f"{address} there"] + 2 * [
        address,
        f"{address} back",
    ]


def test_who_is_not_let_in_says_so_once_and_goes_on_trying(
    tmp_path: Path, shared_broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    config = section(shared_broker, tmp_path)
    (tmp_path / "password").write_text("wrong")
    with listening(config):
        refusals = shared_broker.log.read_text().count("not authorised")
        assert wait_until(lambda: shared_broker.log.read_text().count("not authorised") > refusals + 1, 10)
    said = spoken(caplog)
    assert said == [f"MQTT broker {HOST}:{shared_broker.ports[0]} is lost: it refuses: Not authorized"]


def test_messages_wait_unacknowledged_while_the_spool_is_away(
    tmp_path: Path, broker: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    brought: list[Point] = []
    full, tried = threading.Event(), threading.Event()
    full.set()

    def add(made: Iterable[Point]) -> None:
        if full.is_set():
            tried.set()
            raise SpoolUnavailable("no space left")
        brought.extend(made)

    with listening(section(broker, tmp_path), add) as told:
        subscribed(broker)
        send(broker, [reading(number) for number in range(150)])
        assert tried.wait(10)
        broker.restart()
        subscribed(broker, 2)
        assert "Received PUBACK from" not in broker.log.read_text()
        full.clear()
        assert wait_until(lambda: len(brought) >= 150, 10), f"{len(brought)} of 150 came"
        assert told.subscriber.taken == 150
    assert {points.line(point) for point in brought} == lines(range(150))
    said = spoken(caplog)
    assert said.count("MQTT messages wait unacknowledged: no space left") == 1
    assert said.count("The spool takes MQTT messages again") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_subscriber_killed_before_it_acknowledged_loses_nothing(
    tmp_path: Path, broker: Mosquitto, when: str
) -> None:
    config = section(broker, tmp_path)
    (tmp_path / "mqtt.json").write_text(config.model_dump_json())
    with child(CHILD, tmp_path, when) as process:
        subscribed(broker)
        send(broker, [reading(number) for number in range(5)])
        read_lines(process, 1)
        process.kill()
    with spool_at(tmp_path) as spool:
        depth = spool.status().depth
        assert (depth > 0) == (when == "after")
        with listening(config, lambda made: spool.add(made, durable=True)):
            assert wait_until(lambda: len(lines(range(5))) + depth <= spool.status().depth, 10), (
                "not sent again"
            )
        assert set(take_all(spool)) == lines(range(5))


def test_a_subscriber_killed_at_any_moment_loses_nothing(
    tmp_path: Path, broker: Mosquitto, rounds: int, chance: random.Random
) -> None:
    config = section(broker, tmp_path)
    (tmp_path / "mqtt.json").write_text(config.model_dump_json())
    sent = 0
    for number in range(1, rounds + 1):
        with child(CHILD, tmp_path, "never") as process:
            subscribed(broker, number)
            for count in (chance.randrange(1, 60), chance.randrange(1, 60)):
                send(broker, [reading(each) for each in range(sent, sent + count)])
                sent += count
                read_lines(process, 1)
            process.kill()
    brought: list[Point] = []
    with spool_at(tmp_path) as spool:

        def add(made: Iterable[Point]) -> None:
            kept = list(made)
            spool.add(kept, durable=True)
            brought.extend(kept)

        with listening(config, add):
            subscribed(broker, rounds + 1)
            send(broker, [reading(sent)])
            last = lines([sent])
            assert wait_until(lambda: last <= {points.line(point) for point in brought}, 10), (
                "the last is missing"
            )
        found = set(take_all(spool))
    missing = lines(range(sent + 1)) - found
    assert not missing, f"{len(missing)} of {sent} messages are lost"
    assert found == lines(range(sent + 1))


def certificates(folder: Path) -> tuple[Path, Path]:
    """A certificate for the broker's address that nobody else has signed, and its key."""
    openssl = shutil.which("openssl") or lacking("there is no `openssl`: install the package of that name")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    asked = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    asked += ["-days", "2", "-subj", "/CN=broker"]
    asked += ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run([openssl, *asked], check=True, capture_output=True)
    return certificate, key


def test_tls_is_spoken_and_only_with_who_is_trusted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    certificate, key = certificates(tmp_path)
    with mosquitto(tmp_path, tls=(certificate, key)) as server:
        config = section(server, tmp_path, tls=True, ca_file=certificate)
        with listening(config) as told:
            subscribed(server)
            send(server, [reading(1)], tls=certificate)
            heard(told, 1)
        caplog.clear()
        with listening(config.model_copy(update={"ca_file": None})):
            assert wait_until(lambda: bool(spoken(caplog)), 10)
    assert "certificate verify failed" in spoken(caplog)[0]


@pytest.mark.parametrize("name", ["password_file", "ca_file"])
def test_a_file_that_cannot_be_read_ends_the_start_with_a_sentence(tmp_path: Path, name: str) -> None:
    more = {name: tmp_path / "missing", "broker": "x", "username": "u", "tls": True}
    config = MqttSection.model_validate(tomllib.loads(TIMED) | more)
    with (
        pytest.raises(
            SensorError, match=rf"\[collector.mqtt\] {name} .*missing cannot be read: No such file"
        ),
        listening(config),
    ):
        pass


def test_the_collector_listens(tmp_path: Path, broker: Mosquitto) -> None:
    stop = threading.Event()
    config = CollectorSection(mqtt=section(broker, tmp_path, UNTIMED))
    with closing(EmbeddedStore(tmp_path / "points.sqlite")) as store:
        thread = threading.Thread(
            target=run,
            args=(config,),
            kwargs={"node": "pi", "data_dir": tmp_path, "store": store, "stop": stop},
        )
        thread.start()
        try:
            subscribed(broker)
            send(broker, [("room/s1", {"t": 20.5})])

            def arrived() -> list[Point]:
                window = Window.last(timedelta(hours=1), datetime.now(UTC) + timedelta(seconds=5))
                return store.latest(ENVIRONMENT.name, window)

            assert wait_until(lambda: bool(arrived()), 10)
            assert arrived()[0].fields["temperature"] == 20.5

            def expected() -> list[Thing]:
                now = datetime.now(UTC) + timedelta(seconds=5)
                return [
                    entry.thing for entry in entries(store, Retention(), now, lambda _: timedelta(minutes=1))
                ]

            assert wait_until(lambda: Thing(Kind.SENSOR, "s1", "pi") in expected(), 10), (
                "nobody would miss a sensor that is named by its topic"
            )
        finally:
            stop.set()
            thread.join(10)
        assert not thread.is_alive()
