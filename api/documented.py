"""What the OpenAPI document says of refusals: the same of every address, and always a problem (RFC 9457)."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

PROBLEM = "application/problem+json"
_SCHEMA = {
    "type": "object",
    "description": "Why not, for programs by `status` and for people by `detail` (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One or more sentences."},
    },
    "required": ["type", "title", "status", "detail"],
}
ALWAYS = {
    "401": "Without a login or token, or with one that is not valid.",
    "403": "The login or token does not allow this, or a page of another site asks for a change.",
    "404": "There is no such thing.",
    "421": "Asked for by a name that is not served.",
    "422": "Something that was sent cannot be understood or is out of bounds; the sentence says what.",
    "429": "Too many requests; `Retry-After` says in how many seconds to go on.",
    "503": "What is needed for it is away; `Retry-After` says in how many seconds to ask again.",
}
WITH_BODY = {
    "400": "The body is not what its headers say, or was cut off.",
    "413": "The body is too large.",
}
_CONTENT = {"schema": {"$ref": "#/components/schemas/Problem"}}
_RETRY = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds."}}


def install(app: FastAPI) -> None:
    """Let the OpenAPI document of ``app`` tell of refusals."""
    plain: Callable[[], dict[str, Any]] = app.openapi

    def documented() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            components = document.setdefault("components", {})
            components.setdefault("schemas", {})["Problem"] = _SCHEMA
            components["responses"] = {status: _response(status, words) for status, words in _WORDS.items()}
            for operations in document["paths"].values():
                for operation in operations.values():
                    _document(operation)
            for unused in ("HTTPValidationError", "ValidationError"):
                components["schemas"].pop(unused, None)
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = documented  # type: ignore[method-assign]


_WORDS = {**ALWAYS, **WITH_BODY}


def _response(status: str, words: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "description": words,
        "content": {PROBLEM: _CONTENT},
    }
    return {**told, "headers": _RETRY} if status in ("429", "503") else told


def _document(operation: dict[str, Any]) -> None:
    """Add what every such operation may answer; what it says of refusals itself keeps its words."""
    responses: dict[str, Any] = operation["responses"]
    for status in (*ALWAYS, *(WITH_BODY if "requestBody" in operation else ())):
        if _says_nothing(responses.get(status)):
            responses[status] = {"$ref": f"#/components/responses/{status}"}
    for status, own in responses.items():
        if status >= "4" and "$ref" not in own:
            own.setdefault("content", {}).setdefault(PROBLEM, _CONTENT)


def _says_nothing(response: dict[str, Any] | None) -> bool:
    """Whether a refusal is not described, or as FastAPI does, which is not how this API refuses."""
    content = (response or {}).get("content", {})
    return not content or "HTTPValidationError" in str(content)
