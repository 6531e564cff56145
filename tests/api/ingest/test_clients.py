"""``POST /api/v2/write`` as the clients of InfluxDB really use it: its Python client, Telegraf and curl."""

import gzip
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import httpx
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS, WriteOptions

from influx import points
from influx.schema import ENVIRONMENT
from influx.windows import Window
from tests.api.home import NOW, Home
from tests.daemon import HOST, Daemon, wait_until
from tests.needs import lacking
from tests.servers import program

AT = points.to_ns(NOW)
LINE = "environment,location=hutch,node=esp,sensor=dht temperature=21i,humidity=63.5"


def readings(home: Home) -> list[points.Point]:
    """The newest point of each series of the climate."""
    home.deliver()
    window = Window.last(timedelta(days=1), NOW + timedelta(minutes=5))
    return home.context.store.latest(ENVIRONMENT.name, window)


def delivered(home: Home) -> int:
    """How many points of the climate the store has."""
    home.deliver()
    window = Window.last(timedelta(days=1), NOW + timedelta(minutes=5))
    return sum(len(part) for part in home.context.store.lines(ENVIRONMENT.name, window))


def a_point(number: int = 0) -> Point:
    """A point as a program makes one; whole numbers where we have floats."""
    point = Point("environment").tag("node", "esp").tag("sensor", "dht").tag("location", "nursery")
    made: Point = point.field("temperature", 22).field("humidity", 63.5).time(NOW - timedelta(seconds=number))
    return made


def test_whole_numbers_become_floats(home: Home, client: httpx.Client) -> None:
    with (
        InfluxDBClient(home.url, token="anything", org="hutch") as influx,
        influx.write_api(write_options=SYNCHRONOUS) as api,
    ):
        api.write("readings", record=a_point())
    (found,) = readings(home)
    assert found.fields == {"temperature": 22.0, "humidity": 63.5}
    assert type(found.fields["temperature"]) is float


@pytest.mark.parametrize("gzipped", [False, True])
def test_influxdb_client_in_batches(home: Home, client: httpx.Client, gzipped: bool) -> None:
    mistakes: list[object] = []
    with InfluxDBClient(home.url, token="anything", org="hutch", enable_gzip=gzipped) as influx:
        options = WriteOptions(batch_size=500, flush_interval=1000)
        with influx.write_api(
            write_options=options, error_callback=lambda *told: mistakes.append(told)
        ) as api:
            for number in range(2_250):
                api.write("readings", record=a_point(number))
    assert not mistakes
    assert delivered(home) == 2_250


def test_influxdb_client_in_batches_learns_what_was_wrong_and_loses_no_neighbour(
    home: Home, client: httpx.Client
) -> None:
    mistakes: list[Exception] = []
    with InfluxDBClient(home.url, token="anything", org="hutch") as influx:
        told = influx.write_api(
            write_options=WriteOptions(batch_size=10),
            error_callback=lambda _what, _data, why: mistakes.append(why),
        )
        with told as api:
            api.write(
                "readings", record=[*[a_point(number) for number in range(9)], a_point().field("mood", 1)]
            )
    (mistake,) = mistakes
    assert "has no field 'mood'" in str(mistake)
    assert delivered(home) == 9


def test_influxdb_client_finds_somebody_there(home: Home, client: httpx.Client) -> None:
    with InfluxDBClient(home.url, token="anything", org="hutch") as influx:
        assert influx.ping()
        assert influx.version()


class Telegraf(Daemon):
    """Telegraf between a listener for lines and our API."""

    name = "telegraf"

    def __init__(self, folder: Path, url: str) -> None:
        super().__init__(folder)
        self._url = url
        self._program = program(self.name)

    def command(self) -> list[str]:
        """With its output as its documentation shows it; gzip is its default."""
        config = self.folder / "telegraf.toml"
        config.write_text(f"""
            [agent]
            flush_interval = "200ms"
            omit_hostname = true
            [[inputs.influxdb_v2_listener]]
            service_address = "{HOST}:{self.ports[0]}"
            [[outputs.influxdb_v2]]
            urls = ["{self._url}"]
            token = "anything"
            organization = "hutch"
            bucket = "readings"
        """)
        return [str(self._program), "--config", str(config)]

    def answers(self) -> bool:
        """Whether its listener is up."""
        return httpx.get(f"http://{HOST}:{self.ports[0]}/health", timeout=2).status_code < 500

    def take(self, lines: list[str]) -> None:
        """Give it lines, as a device would."""
        url = f"http://{HOST}:{self.ports[0]}/api/v2/write?org=hutch&bucket=readings"
        httpx.post(url, content="\n".join(lines)).raise_for_status()


@contextmanager
def telegraf(folder: Path, url: str) -> Iterator[Telegraf]:
    server = Telegraf(folder, url)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def test_telegraf_delivers_all_but_what_is_wrong(tmp_path: Path, home: Home, client: httpx.Client) -> None:
    folder = tmp_path / "telegraf"
    folder.mkdir()
    with telegraf(folder, home.url) as server:
        good = [f"{LINE} {AT - number * 10**9}" for number in range(1_500)]
        server.take(good)
        assert wait_until(lambda: delivered(home) == 1_500, 20), server.log.read_text()
        server.take(["cpu,host=esp usage=1", f"{LINE} {AT + 10**9}"])
        assert wait_until(lambda: delivered(home) == 1_501, 20), "a wrong line holds up its neighbours"
        assert wait_until(lambda: "there is no measurement 'cpu'" in server.log.read_text(), 20)
        server.take([f"{LINE} {AT + 2 * 10**9}"])
        assert wait_until(lambda: delivered(home) == 1_502, 20), "a wrong line holds up what comes later"


def program_of(name: str) -> str:
    return shutil.which(name) or lacking(f"there is no `{name}`: install the package of that name")


def curl(home: Home, path: str, *arguments: object, data: bytes = b"") -> tuple[int, str]:
    """What curl gets from ``path``: the status and the body."""
    asked = [
        program_of("curl"),
        "-sS",
        "-w",
        "\n%{http_code}",
        "-m",
        "20",
        f"{home.url}{path}",
        *map(str, arguments),
    ]
    body, _, status = (
        subprocess.run(asked, input=data, capture_output=True, check=True).stdout.decode().rpartition("\n")
    )
    return int(status), body


WRITE = "/api/v2/write?org=hutch&bucket=readings&precision=s"
TOKEN = ("-H", "Authorization: Token anything")


def test_curl_writes_as_influxdb_documents_it(tmp_path: Path, home: Home, client: httpx.Client) -> None:
    seconds = AT // 10**9
    first = (
        "-X",
        "POST",
        *TOKEN,
        "-H",
        "Content-Type: text/plain; charset=utf-8",
        "-H",
        "Accept: application/json",
    )
    assert curl(home, WRITE, *first, "--data-binary", f"{LINE} {seconds}") == (204, "")
    packed = tmp_path / "lines.gz"
    packed.write_bytes(gzip.compress(f"{LINE} {seconds + 1}".encode()))
    second = ("-X", "POST", *TOKEN, "-H", "Content-Encoding: gzip", "--data-binary", f"@{packed}")
    assert curl(home, WRITE, *second) == (204, "")
    # Without a length: curl sends what it reads from a pipe in chunks.
    third = ("-X", "POST", "-H", "Transfer-Encoding: chunked", "--data-binary", "@-")
    assert curl(home, WRITE, *third, data=f"{LINE} {seconds + 2}\n".encode()) == (204, "")
    assert delivered(home) == 3


def test_curl_waits_for_leave_to_send_a_large_body(home: Home, client: httpx.Client) -> None:
    many = "\n".join(f"{LINE} {AT // 10**9 - number}" for number in range(20_000)).encode()
    assert len(many) > 1024**2, "curl asks for leave (Expect: 100-continue) from 1 MiB on"
    assert curl(home, WRITE, "-X", "POST", "--data-binary", "@-", data=many) == (204, "")
    assert delivered(home) == 20_000


def test_curl_is_told_what_is_wrong(home: Home, client: httpx.Client) -> None:
    status, body = curl(home, WRITE, "-X", "POST", "-d", "weather,place=here sun=1")
    assert status == 400
    assert '"code":"invalid"' in body
    assert "there is no measurement 'weather'" in body


@pytest.mark.parametrize("precision", ["", "&precision=n", "&precision=ns"])
def test_clients_of_influxdb_1_write_too(home: Home, client: httpx.Client, precision: str) -> None:
    path = f"/write?db=readings&u=someone&p=secret{precision}"
    assert curl(home, path, "-X", "POST", "--data-binary", f"{LINE} {AT}") == (204, "")
    assert delivered(home) == 1


@pytest.mark.parametrize(
    ("precision", "unit"), [("u", 10**3), ("ms", 10**6), ("s", 10**9), ("m", 60 * 10**9), ("h", 3600 * 10**9)]
)
def test_the_precisions_of_influxdb_1_are_understood(
    home: Home, client: httpx.Client, precision: str, unit: int
) -> None:
    answer = client.post(f"/write?db=readings&precision={precision}", content=f"{LINE} {AT // unit}")
    assert answer.status_code == 204
    assert readings(home)[0].time_ns == AT // unit * unit


def test_a_connection_is_kept_for_the_next_points(home: Home, client: httpx.Client) -> None:
    url = f"{home.url}{WRITE}"
    asked = [
        "-s",
        "-X",
        "POST",
        "-d",
        f"{LINE} {AT // 10**9}",
        "-w",
        "%{http_code} %{num_connects},",
        url,
        url,
    ]
    told = subprocess.run([program_of("curl"), *asked], capture_output=True, check=True, text=True).stdout
    assert told == "204 1,204 0,"


def test_many_clients_at_once_are_all_served(home: Home, client: httpx.Client) -> None:
    """Devices keep their connection open between readings, and a home may have many."""
    address = home.url.removeprefix("http://")
    ready, answers = threading.Barrier(300), list[int]()

    def device(number: int) -> None:
        with closing(HTTPConnection(address, timeout=60)) as mine:
            for turn in range(2):
                ready.wait(60)
                line = LINE.replace("esp", f"esp{number}")
                mine.request("POST", WRITE, f"{line} {AT // 10**9 + turn}")
                answer = mine.getresponse()
                answer.read()
                answers.append(answer.status)

    threads = [threading.Thread(target=device, args=(number,)) for number in range(300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [204] * 600
    assert delivered(home) == 600
