"""All that the OpenAPI document promises, asked of a home that is lived in: by its owner, and by nobody."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import BaseSchema, Case, GenerationMode
from schemathesis.checks import CHECKS, CheckContext, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response

from tests.api.access.doors import door_of, script_token
from tests.api.home import a_home, serving
from tests.api.lived_in import live_in

NAMES = (
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "status_code_conformance",
    "unsupported_method",
)
OPEN = {"GET /health", "GET /ping"}
WRITES = ("/api/v2/write", "/write")
load_all_checks()
CHECKED: list[Any] = [CHECKS.get_one(name) for name in NAMES]
bounded = settings(
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a home that is lived in, where ada is the owner."""
    with a_home(tmp_path_factory.mktemp("asked")) as home, door_of(home) as door:
        door.user("ada")
        with serving(live_in(home)):
            yield home.url


@pytest.fixture(scope="module")
def token(url: str) -> str:
    with httpx.Client(base_url=url) as client:
        return f"Bearer {script_token(client, 'ada')}"


@pytest.fixture(scope="module")
def document(url: str, token: str) -> BaseSchema:
    with httpx.Client(base_url=url) as client:
        described = client.get("/openapi.json", headers={"Authorization": token}).json()
    schema: BaseSchema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=url)
    return schema


def well_answered(_context: CheckContext, response: Response, case: Case[Any]) -> None:
    """No 500, and a refusal says why in a sentence, and when to come again where that helps."""
    status = response.status_code
    assert status < 500 or status == 503, f"{status}: {response.text}"
    if status >= 400 and case.path in WRITES and response.headers["content-type"] == ["application/json"]:
        assert set(response.json()) == {"code", "message", "error"}, "as InfluxDB's clients read it"
    elif status >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]
        told = response.json()
        assert told["status"] == status
        assert told["detail"].endswith((".", "!", "?")), told
    if status in (429, 503):
        assert int(response.headers["retry-after"][0]) >= 1


def ask_everything(
    document: BaseSchema,
    headers: dict[str, str],
    examples: int,
    mode: GenerationMode = GenerationMode.POSITIVE,
) -> tuple[set[str], set[str]]:
    """Ask each operation several things that the document allows, or forbids; fails with what was wrong.

    Tells which operations there are, and which of them did what they were asked for.
    """
    wrong, every, done = [], set[str](), set[str]()
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @settings(bounded, max_examples=examples)
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Case[Any]) -> None:
            answer = case.call_and_validate(
                headers=headers, checks=CHECKED, additional_checks=[well_answered]
            )
            if answer.status_code < 300:
                done.add(case.operation.label)

        every.add(operation.label)
        try:
            ask()
        except BaseExceptionGroup as failures:
            wrong += [f"{operation.label}: {failure}" for failure in failures.exceptions]
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, f"{operation.label} can be asked for nothing"
    assert not wrong, "\n".join(wrong)
    return every, done


def test_an_owner_is_answered_as_the_document_says(document: BaseSchema, token: str) -> None:
    every, done = ask_everything(document, {"Authorization": token}, examples=15)
    assert len(every) > 40
    assert len(done) > len(every) / 3, f"little was done, only {sorted(done)}"


def test_what_the_document_forbids_is_answered_as_it_says(document: BaseSchema, token: str) -> None:
    every, done = ask_everything(
        document, {"Authorization": token}, examples=15, mode=GenerationMode.NEGATIVE
    )
    assert every - done, "nothing was refused"


def test_a_body_of_another_kind_is_answered_as_the_document_says(url: str, token: str) -> None:
    headers = {"Authorization": token, "Content-Type": "text/odd", "Content-Encoding": "odd"}
    with httpx.Client(base_url=url, headers=headers) as client:
        for path, operations in client.get("/openapi.json").json()["paths"].items():
            for method, operation in operations.items():
                if "requestBody" in operation:
                    answer = client.request(method, re.sub(r"{[^}]*}", "miso", path), content=b"x")
                    told = f"{method} {path}: {answer.status_code} {answer.text}"
                    assert answer.status_code >= 400, told
                    assert str(answer.status_code) in operation["responses"], told


def test_nobody_is_answered_as_the_document_says(document: BaseSchema) -> None:
    _every, done = ask_everything(document, {}, examples=3)
    assert done <= OPEN, f"{sorted(done - OPEN)} ask for no login"
