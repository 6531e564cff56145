import gzip
import threading
import zlib
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.client.write.point import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from influx import points
from influx.schema import ENVIRONMENT
from influx.windows import Window
from tests.api.home import NOW, Home

WRITE = "/api/v2/write?org=hutch&bucket=readings&precision=ns"
AT = points.to_ns(NOW)
_GZIP = gzip.compress(b"x")
LINE = "environment,location=hutch,node=pi,sensor=hat temperature=21.5"


def temperatures(home: Home) -> list[float]:
    home.deliver()
    found = home.context.store.latest(
        ENVIRONMENT.name, Window.last(NOW - NOW.replace(day=20), NOW.replace(day=29))
    )
    return sorted(float(point.fields["temperature"]) for point in found)


@pytest.fixture
def influx(home: Home, client: httpx.Client) -> Iterator[InfluxDBClient]:
    with InfluxDBClient(home.url, token="anything", org="hutch") as made:
        yield made


@pytest.mark.parametrize("gzipped", [False, True])
def test_influxdb_client_writes_unchanged(home: Home, client: httpx.Client, gzipped: bool) -> None:
    with InfluxDBClient(home.url, token="anything", org="hutch", enable_gzip=gzipped) as influx:
        assert influx.ping()
        point = Point("environment").tag("node", "esp").tag("sensor", "dht").tag("location", "nursery")
        with influx.write_api(write_options=SYNCHRONOUS) as api:
            api.write("readings", record=point.field("temperature", 22).field("humidity", 63.0).time(NOW))
    assert temperatures(home) == [22.0]


def test_influxdb_client_shows_what_was_wrong(influx: InfluxDBClient) -> None:
    with influx.write_api(write_options=SYNCHRONOUS) as api, pytest.raises(ApiException) as caught:
        api.write("readings", record=[f"{LINE} {AT}", f"weather,place=here sun=1 {AT}"])
    assert caught.value.status == 400
    assert "line 2: there is no measurement 'weather'" in caught.value.message


@pytest.mark.parametrize(
    ("precision", "time"),
    [("ns", AT), ("us", AT // 10**3), ("ms", AT // 10**6), ("s", AT // 10**9), ("s", "")],
)
def test_every_precision_is_understood(
    home: Home, client: httpx.Client, precision: str, time: object
) -> None:
    answer = client.post("/api/v2/write", params={"precision": precision}, content=f"{LINE} {time}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert temperatures(home) == [21.5]


def test_an_answer_of_204_means_that_the_spool_has_it(cut_off: tuple[Home, httpx.Client]) -> None:
    home, client = cut_off
    assert client.post(WRITE, content=f"{LINE} {AT}").status_code == 204
    assert home.context.spool.status().depth == 1


def test_good_lines_are_kept_where_others_are_not(home: Home, client: httpx.Client) -> None:
    wrong = [
        "nonsense",
        f"environment,location=hutch,node=pi,sensor=hat temperature=hot {AT}",
        f"environment,location=hutch,node=pi,sensor=hat temperature=999 {AT}",
        f"environment,node=pi,sensor=hat temperature=20 {AT}",
        f"{LINE} soon",
        f"environment,location=hutch,node=pi,sensor=hat mood=1 {AT}",
    ]
    answer = client.post(WRITE, content="\n".join(["# a comment", f"{LINE} {AT}", "", *wrong]))
    assert answer.status_code == 400
    told = answer.json()
    assert told["code"] == "invalid"
    assert told["message"].startswith("partial write: line 4: ")
    for number in range(4, 9):
        assert f"line {number}: " in told["message"]
    assert told["message"].endswith("; and 1 more lines")
    assert temperatures(home) == [21.5]


@pytest.mark.parametrize(
    ("shift", "words"),
    [
        (-15 * 86_400, "is older than the 14 days that readings keeps"),
        (3600, "lies in the future"),
    ],
)
def test_a_time_that_cannot_be_gets_the_reason(
    home: Home, client: httpx.Client, shift: int, words: str
) -> None:
    answer = client.post(WRITE, content=f"{LINE} {AT + shift * 10**9}\n{LINE.replace('21.5', '20')} {AT}")
    assert answer.status_code == 422
    assert answer.json()["code"] == "unprocessable entity"
    assert answer.json()["message"].startswith("partial write: line 1: ")
    assert words in answer.json()["message"]
    assert temperatures(home) == [20.0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "writing requires points"),
        (b"\n# only a comment\n", "writing requires points"),
        (b"m f=\xff", "no UTF-8 at byte 4"),
    ],
)
def test_a_body_without_points_is_a_400(empty_client: httpx.Client, content: bytes, words: str) -> None:
    answer = empty_client.post(WRITE, content=content)
    assert answer.status_code == 400
    assert words in answer.json()["message"]


def test_an_unknown_precision_is_a_400(empty_client: httpx.Client) -> None:
    answer = empty_client.post("/api/v2/write?precision=weeks", content=LINE)
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "precision must be ns, us, ms, s, not 'weeks'",
    )


def test_gzip_of_several_members_is_one_body(home: Home, client: httpx.Client) -> None:
    packed = gzip.compress(f"{LINE} {AT}\n".encode()) + gzip.compress(LINE.replace("hat", "cap").encode())
    assert client.post(WRITE, content=packed, headers={"Content-Encoding": "gzip"}).status_code == 204
    assert temperatures(home) == [21.5, 21.5]


_EMPTY_MEMBERS = gzip.compress(b"") * 400_000
"""8 MB of gzip that holds nothing: a reader that copies the rest for each member copies 1.6 TB."""


def test_gzip_of_many_members_is_read_once_while_others_are_answered(
    home: Home, client: httpx.Client
) -> None:
    sent, answers = threading.Event(), list[int]()

    def parts() -> Iterator[bytes]:
        yield _EMPTY_MEMBERS
        sent.set()
        yield gzip.compress(f"{LINE} {AT}".encode())

    def write() -> None:
        headers = {"Content-Encoding": "gzip"}
        answers.append(
            httpx.post(f"{home.url}{WRITE}", content=parts(), headers=headers, timeout=60).status_code
        )

    writing = threading.Thread(target=write)
    writing.start()
    assert sent.wait(30), "the body was not sent"
    pings = 0
    while writing.is_alive():
        assert client.get("/ping").status_code == 204
        pings += writing.is_alive()
    writing.join()
    assert (answers, temperatures(home)) == ([204], [21.5])
    assert pings > 3, "nobody else was answered while the body was unpacked"


@pytest.mark.parametrize(
    "packed",
    [
        b"no gzip",
        gzip.compress(b"x")[:-9],
        gzip.compress(b"x")[:5],
        gzip.compress(b"x") + b"more",
        zlib.compress(b"x"),
    ],
)
def test_what_is_no_gzip_is_a_400(empty_client: httpx.Client, packed: bytes) -> None:
    answer = empty_client.post(WRITE, content=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    assert "no gzip" in answer.json()["detail"]


def test_another_encoding_is_a_415(empty_client: httpx.Client) -> None:
    answer = empty_client.post(WRITE, content=b"x", headers={"Content-Encoding": "br"})
    assert (answer.status_code, "send gzip" in answer.json()["detail"]) == (415, True)


def test_a_gzip_bomb_is_refused_before_it_goes_off(empty_client: httpx.Client) -> None:
    bomb = gzip.compress(b" " * 200_000_000, 9)
    assert len(bomb) < 1_000_000
    answer = empty_client.post(WRITE, content=bomb, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 413


def test_a_body_too_large_is_refused_whether_it_says_so_or_not(empty_client: httpx.Client) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(11):
            yield b"#" * 1024 * 1024

    for content in (b"#" * 11 * 1024 * 1024, parts()):
        try:
            answer = empty_client.post(WRITE, content=content)
        except httpx.WriteError:
            continue  # the server hung up in the middle of it
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"


def test_ping_answers_those_who_probe(empty_client: httpx.Client) -> None:
    for method in ("GET", "HEAD"):
        assert empty_client.request(method, "/ping").status_code == 204


def test_large_requests_are_taken_in_parts(home: Home, client: httpx.Client) -> None:
    many = "\n".join(f"{LINE} {AT - n * 10**9}" for n in range(12_000))
    assert client.post(WRITE, content=many).status_code == 204
    home.deliver()
    day = Window.last(timedelta(days=1), NOW + timedelta(minutes=1))
    assert sum(len(part) for part in home.context.store.lines(ENVIRONMENT.name, day)) == 12_000
    assert home.context.spool.status().rejected == 0


EVENT = "pet_event,camera=cage,event_type=passing,location=hutch,pet=miso"
EVENT_ID = "cage-20260528T140000000Z-1"


def test_an_event_whose_id_fits_is_taken_and_found(home: Home, client: httpx.Client) -> None:
    assert client.post(WRITE, content=f'{EVENT} event_id="{EVENT_ID}" {AT}').status_code == 204
    home.deliver()
    assert client.get(f"/events/{EVENT_ID}").json()["pet"] == "miso"


@pytest.mark.parametrize(
    "fields",
    [
        'event_id="nonsense"',
        'event_id="cot-20260528T140000000Z-1"',
        'event_id="cage-20260528T140000001Z-1"',
        'event_id="cage-20260528T140000000Z-01"',
        'event_id="cage-20260528T140000000Z-²"',
        "duration=1",
    ],
)
def test_an_event_that_its_id_would_not_find_is_refused(
    home: Home, client: httpx.Client, fields: str
) -> None:
    answer = client.post(WRITE, content=f"{EVENT} {fields} {AT}")
    assert answer.status_code == 400
    assert "is none of the camera cage at this time" in answer.json()["message"]
    assert answer.json()["message"].endswith(f"write it like {EVENT_ID}")
    assert home.context.spool.status().accepted == home.context.spool.status().depth == 0


def test_free_text_holds_no_control_characters(client: httpx.Client) -> None:
    entry = "journal,entry_type=food,person=mia note="
    assert client.post(WRITE, content=f'{entry}"half of it\n\ton the floor" {AT}').status_code == 204
    answer = client.post(WRITE, content=f'{entry}"a\x1b[2Jb" {AT}')
    assert answer.status_code == 400
    assert "journal.note holds a control character" in answer.json()["message"]
