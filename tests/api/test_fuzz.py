"""Whatever a client sends, the answer says what is wrong with it: never a 5xx."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.home import NOW, a_home, serving

INGEST = st.sampled_from(["/api/v2/write", "/receive-json", "/", "/command", "/journal"])
QUESTIONS = st.sampled_from(
    [
        "/temperature/history",
        "/series",
        "/latest",
        "/events",
        "/recordings",
        "/journal",
        "/get-data-from-timestamp",
    ]
)
_NAMES = """
    location start stop last every measurement field group pet type camera date before limit system_time node
"""
_VALUES = """
    environment temperature 3h 5m 0 1e9 2026-05-28 2026-05-28T14:00:00Z P1D location 999999999w P999999999D
"""
_KEYS = """
    command data calc temperature humidity entry_type food amount name calories volume pct id ts sensors val
"""
PARAMETERS = st.sampled_from(_NAMES.split())
VALUES = st.text(max_size=30) | st.sampled_from(_VALUES.split())
KEYS = st.sampled_from(_KEYS.split())

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | KEYS
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=12,
)
commands = st.fixed_dictionaries(
    {"command": st.sampled_from(["calc", "feeding_calc", "journal", "temperature"]), "data": trees}
)
entries = st.fixed_dictionaries(
    {"entry_type": st.sampled_from(["food", "drink"]), "amount": scalars, "name": st.text()},
    optional={"note": st.text(), "person": st.text()},
)
sensors = st.fixed_dictionaries({"type": st.text(), "val": scalars})
messages = st.fixed_dictionaries(
    {
        "id": st.text(),
        "ts": scalars | st.just(int(NOW.timestamp())),
        "sensors": st.lists(sensors, max_size=3),
    },
    optional={"pct": scalars},
)
lines = st.from_regex(
    rb"\A(environment|gas|journal|pet_event|weather)(,[a-z]{1,8}=[^\n]{0,8}){0,4} "
    rb'([a-z_]{1,12}=(-?\d{1,20}i?|"[^\n]{0,8}"|t)){1,3}( -?\d{0,22})?\Z'
)
PARTS = st.sampled_from(["events", "clips", "snapshots", "journal"])
latin = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=20)
bounded = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with a_home(tmp_path_factory.mktemp("fuzzed")) as home, serving(home) as made:
        yield made


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, f"{answer.request.url}: {answer.status_code} {answer.text}"
    if answer.status_code >= 400:
        told = answer.json()
        assert told.get("detail") or told.get("message"), "a refusal says why"


@bounded
@given(
    path=INGEST,
    body=st.binary(max_size=200) | lines,
    encoding=st.sampled_from(["gzip", "identity", "br", ""]),
    kind=st.sampled_from(["application/json", "text/plain", ""]),
)
def test_random_bytes_are_refused_with_a_sentence(
    client: httpx.Client, path: str, body: bytes, encoding: str, kind: str
) -> None:
    headers = {"Content-Type": kind, "Content-Encoding": encoding}
    check(client.post(path, content=body, headers=headers))


@bounded
@given(path=INGEST, body=trees | commands | entries | messages)
def test_random_json_is_refused_with_a_sentence(client: httpx.Client, path: str, body: object) -> None:
    check(client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"}))


@bounded
@given(path=QUESTIONS, query=st.dictionaries(PARAMETERS, VALUES, max_size=5))
def test_random_questions_are_refused_with_a_sentence(
    client: httpx.Client, path: str, query: dict[str, str]
) -> None:
    check(client.get(path, params=query))


@bounded
@given(part=PARTS, name=st.text(max_size=40), range_=latin)
def test_random_names_are_refused_with_a_sentence(
    client: httpx.Client, part: str, name: str, range_: str
) -> None:
    method = "DELETE" if part == "journal" else "GET"
    headers = [(b"Range", range_.strip().encode("latin-1"))]
    check(client.request(method, f"/{part}/{quote(name, safe='')}", headers=headers))


@pytest.mark.parametrize("path", ["/receive-json", "/command", "/journal"])
@pytest.mark.parametrize(
    "body",
    [
        "[" * 100_000,
        '{"a":' * 50_000,
        "9" * 100_000,
        "NaN",
        '{"command": "\\ud800", "data": {}}',
        '{"id": "\\ud800", "ts": 1779976800, "sensors": [{"type": "CO", "val": 1}]}',
        '{"entry_type": "food", "amount": 1, "name": "\\ud800"}',
    ],
)
def test_json_made_to_break_parsers_is_refused(client: httpx.Client, path: str, body: str) -> None:
    check(client.post(path, content=body, headers={"Content-Type": "application/json"}))
