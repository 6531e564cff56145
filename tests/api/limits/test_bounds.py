"""How large a request may be."""

import httpx
import pytest

from api.access.guard import MAX_ADDRESS, MAX_BODY, MAX_HEADERS, SMALL_BODY

JSON = {"Content-Type": "application/json"}


def refused(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text[:200]
    assert answer.headers["content-type"] == "application/problem+json"
    detail: str = answer.json()["detail"]
    return detail


@pytest.mark.parametrize("path", ["/receive-json", "/command", "/", "/journal", "/alerts/config", "/pets"])
def test_json_is_small(empty_client: httpx.Client, path: str) -> None:
    detail = refused(empty_client.post(path, content=b" " * (SMALL_BODY + 1), headers=JSON), 413)
    assert str(SMALL_BODY) in detail


def chunks(size: int) -> list[bytes]:
    return [b" " * 65536] * (size // 65536 + 1)


def test_a_size_that_was_not_announced_is_bounded_too(empty_client: httpx.Client) -> None:
    detail = refused(empty_client.post("/receive-json", content=iter(chunks(SMALL_BODY)), headers=JSON), 413)
    assert detail == "The request is larger than is taken here; send it in parts."
    refused(empty_client.post("/api/v2/write", content=iter(chunks(MAX_BODY))), 413)


@pytest.mark.parametrize("path", ["/api/v2/write", "/write"])
def test_points_in_bulk_may_be_large_but_not_without_bound(empty_client: httpx.Client, path: str) -> None:
    assert empty_client.post(path, content=b"#" * (2 * SMALL_BODY)).status_code == 400, (
        "read, and no point in it"
    )
    refused(empty_client.post(path, content=b"#" * (MAX_BODY + 1)), 413)


def test_an_address_is_bounded(empty_client: httpx.Client) -> None:
    refused(empty_client.get("/events", params={"pet": "a" * MAX_ADDRESS}), 414)


def test_headers_are_bounded(empty_client: httpx.Client) -> None:
    refused(empty_client.get("/health", headers={"X-Long": "a" * MAX_HEADERS}), 431)
