from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import anyio
import httpx
import pytest

from api.access.caller import LOCAL, NOBODY, Caller
from api.access.rights import Right, needs
from api.app import create_app
from api.config import DeviceSection
from api.limits.rates import DEAR_A_MINUTE, DEAR_AT_ONCE, Rates, dear
from tests.api.home import NOW, Home, a_home, serving

SENSOR = Caller("thermometer", "device", scopes=frozenset({"ingest"}), node="nursery")
MESSAGE = {"id": "handheld 1", "ts": NOW.timestamp(), "sensors": [{"type": "CO", "val": 1280}]}


def test_a_source_is_bounded_and_told_when_to_come_again() -> None:
    rates = Rates(requests=60, of_device=100)
    assert [rates.wait(NOBODY, "192.0.2.7") for _ in range(60)] == [0] * 60
    assert 1 <= rates.wait(NOBODY, "192.0.2.7") <= 60
    assert rates.wait(NOBODY, "192.0.2.8") == 0, "another source is not held up"


def test_a_household_of_ipv6_is_one_source() -> None:
    rates = Rates(requests=60, of_device=100)
    waits = [rates.wait(NOBODY, f"2001:db8:1:2::{number:x}") for number in range(100)]
    assert waits[59] == 0 < waits[60]


def test_devices_behind_one_address_are_bounded_each_by_itself() -> None:
    rates = Rates(requests=60, of_device=100)
    others = [replace(SENSOR, name=f"node {number}") for number in range(1000)]
    assert all(rates.wait(other, "192.0.2.7") == 0 for other in others), "a thousand readings a minute pass"
    waits = [rates.wait(SENSOR, f"192.0.2.{number}") for number in range(150)]
    assert any(waits), "wherever a device sends from"


def test_two_hundred_readings_a_second_of_one_device_pass(tmp_path: Path) -> None:
    with a_home(tmp_path) as home:
        rates = Rates(home.context.config.requests_per_minute, home.context.config.device_requests_per_minute)
        assert all(rates.wait(SENSOR, "192.0.2.7") == 0 for _ in range(200 * 60))


def test_whoever_sits_at_the_machine_has_no_bound() -> None:
    rates = Rates(requests=60, of_device=100)
    assert not any(rates.wait(LOCAL, "127.0.0.1") for _ in range(1000))


def test_memory_does_not_grow_with_the_number_of_sources() -> None:
    rates = Rates(requests=60, of_device=100)
    for number in range(20_000):
        rates.wait(NOBODY, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert rates.sources() <= 2 * 4096


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a home behind a proxy, where a device is let in by its address."""
    with a_home(tmp_path) as home:
        config = home.context.config.model_copy(
            update={
                "public_url": "https://hutch.example.org",
                "requests_per_minute": 60,
                "device_requests_per_minute": 80,
                "devices": (DeviceSection(name="thermometer", node="handheld 1", source="127.0.0.1"),),
            }
        )
        home.context = replace(home.context, config=config)
        with serving(home) as client:
            yield client


def test_a_client_that_asks_too_often_gets_429(
    watched: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [watched.get("/health") for _ in range(63)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429] * 3
    refused = answers[-1]
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["detail"].startswith("There come too many requests")
    assert sum("asks too often" in message for message in caplog.messages) == 1, "the log is told once"
    assert watched.post("/receive-json", json=MESSAGE).status_code == 200, "a device there goes on"


def test_a_device_that_sends_too_often_gets_429(watched: httpx.Client) -> None:
    told = [watched.post("/receive-json", json=MESSAGE).status_code for _ in range(82)]
    assert told == [200] * 80 + [429] * 2


def test_few_dear_answers_are_made_at_once_and_few_a_minute(home: Home) -> None:
    app = create_app(home.context)
    most = running = 0

    @app.get("/dear", dependencies=[needs(Right.VIEW), dear()])
    async def work() -> int:
        nonlocal most, running
        running += 1
        most = max(most, running)
        await anyio.sleep(0.01)
        running -= 1
        return most

    async def ask() -> list[int]:
        transport = httpx.ASGITransport(app)
        told: list[int] = []
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:

            async def one() -> None:
                told.append((await client.get("/dear")).status_code)

            async with anyio.create_task_group() as group:
                for _ in range(20):
                    group.start_soon(one)
        return told

    with closing(app.state.gate):
        assert anyio.run(ask) == [200] * 20
    assert most == DEAR_AT_ONCE
    rates = Rates(requests=6000, of_device=6000)
    user = Caller("ada", "user", "owner")
    waits = [rates.wait_for_dear(user, "192.0.2.7") for _ in range(DEAR_A_MINUTE + 1)]
    assert waits[-2] == 0 < waits[-1]
