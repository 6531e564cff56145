"""A picture that goes on ends within seconds once who watches may no longer."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from tests.api.access.doors import Door, caller, door_of, log_in, script_token
from tests.api.home import NOW, Home, reading, serving
from tests.api.long_history import long_history
from tests.api.running_camera import camera

PATIENCE = 8.0


@pytest.fixture
def client(home: Home) -> Iterator[httpx.Client]:
    with camera(home.context.data_dir, "cage"), serving(home) as made:
        yield made


def ends(chunks: Iterator[bytes]) -> bool:
    """Whether the stream comes to its own end, in time."""
    deadline = time.monotonic() + PATIENCE
    return all(time.monotonic() < deadline for _ in chunks)


ENDINGS: dict[str, Callable[[Door], object]] = {
    "the device is revoked": lambda door: door.ledger.revoke_device("screen", door.home.clock.moment),
    "the session is ended": lambda door: [
        door.ledger.end_session(session.id) for session in door.ledger.sessions(door.home.clock.moment)
    ],
    "the password changes": lambda door: door.ledger.set_password("gus", "another hash"),
    "the user is removed": lambda door: door.ledger.remove_user("gus"),
}


@pytest.mark.parametrize(
    ("way", "ending"),
    [
        ("device", "the device is revoked"),
        ("cookie", "the session is ended"),
        ("cookie", "the password changes"),
        ("script", "the password changes"),
        ("script", "the user is removed"),
    ],
)
def test_a_stream_ends_with_the_right_to_see_it(
    client: httpx.Client, door: Door, way: str, ending: str
) -> None:
    tokens = {"device": lambda: door.device("screen", "live"), "script": lambda: script_token(client, "gus")}
    authorization = f"Bearer {tokens[way]()}" if way in tokens else ""
    with caller(door.home, authorization) as watcher, caller(door.home) as other:
        if way == "cookie":
            log_in(watcher, "gus")
        other.headers["Authorization"] = f"Bearer {script_token(client, 'ada')}"
        with watcher.stream("GET", "/live") as watching, other.stream("GET", "/live") as others:
            assert watching.status_code == 200
            chunks, other_chunks = watching.iter_raw(), others.iter_raw()
            assert next(chunks)
            assert next(other_chunks)
            ENDINGS[ending](door)
            assert ends(chunks), f"{ending}, and the stream goes on"
            assert next(other_chunks), "nobody else's stream ends"


def test_an_export_that_is_cut_does_not_pass_for_whole(
    home: Home, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    home.store(reading(NOW - timedelta(hours=1), 20))
    home.context = replace(home.context, store=long_history(home))
    with (
        serving(home),
        caller(home, f"Bearer {door.device('wall', 'read')}") as reader,
        reader.stream("GET", "/history.csv?measurement=environment") as answer,
    ):
        assert answer.status_code == 200
        chunks = answer.iter_raw()
        assert next(chunks)
        door.ledger.revoke_device("wall", home.clock.moment)
        with pytest.raises(httpx.RemoteProtocolError):
            assert ends(chunks), "it goes on"
    told = [record.getMessage() for record in caplog.records if record.name != "api.access.refusals"]
    assert not told, "that a device is revoked is no trouble of ours"


def test_a_stream_ends_with_the_script_token_that_opened_it(client: httpx.Client, door: Door) -> None:
    with (
        caller(door.home, f"Bearer {script_token(client, 'gus')}") as script,
        script.stream("GET", "/live") as watching,
    ):
        chunks = watching.iter_raw()
        assert next(chunks)
        door.home.clock.moment += timedelta(minutes=31)
        assert ends(chunks)


def test_a_stream_that_nobody_had_to_log_in_for_ends_with_the_first_user(
    client: httpx.Client, home: Home
) -> None:
    with door_of(home) as door, client.stream("GET", "/live") as watching:
        chunks = watching.iter_raw()
        assert next(chunks)
        door.user("ada")
        assert ends(chunks)
