"""How the API says no: RFC 9457 problem details with a sentence that helps, and never a bare 500."""

import logging
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from api.away import Away, Troubles
from collector.spool import SpoolError
from influx.cursor import CursorError
from influx.points import PointError
from influx.store import StoreError, Unauthorized, Unavailable
from influx.windows import WindowError
from vision.clips import ClipsUnavailable

# It tells of each form that is none, which the answer does too.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

RETRY_AFTER = 5
"""Seconds after which a client may ask again when nothing better is known."""


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An answer of ``application/problem+json`` whose ``detail`` is one or more sentences for people."""
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": sentence(detail)}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def not_now(detail: str) -> JSONResponse:
    """The answer 503 to what may work in a few seconds."""
    return problem(503, detail, {"Retry-After": f"{RETRY_AFTER}"})


class Problem(HTTPException):
    """An answer that an endpoint raises: a status, a sentence, and after how many seconds to ask again."""

    def __init__(self, status: int, detail: str, *, retry_after: float | None = None) -> None:
        headers = None if retry_after is None else {"Retry-After": f"{max(1, round(retry_after))}"}
        super().__init__(status, detail, headers)


def install(app: FastAPI) -> None:
    """Make ``app`` answer every known error with a problem."""
    handlers = {
        HTTPException: _http,
        RequestValidationError: _invalid,
        WindowError: _unprocessable,
        PointError: _unprocessable,
        CursorError: _unprocessable,
        StoreError: _store,
        ClipsUnavailable: _clips,
        SpoolError: _spool,
        Exception: _unexpected,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


_SENTENCES = {
    404: "There is nothing at this address; /docs lists what there is.",
    405: "This address does not take this method; /docs lists what it takes.",
    413: "The request is larger than is taken here; send it in parts.",
}
_OF_LIBRARIES = {
    "Content Too Large": _SENTENCES[413],
    "There was an error parsing the body": (
        "The body cannot be read: JSON is UTF-8, its lists within lists are not too many, "
        "and its numbers not too long."
    ),
}


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, in_words(error), error.headers)


def in_words(error: HTTPException) -> str:
    """What ``error`` says, in a sentence that helps where a library raised it."""
    if error.detail == HTTPStatus(error.status_code).phrase:
        return _SENTENCES.get(error.status_code, error.detail)
    return _OF_LIBRARIES.get(error.detail, error.detail)


async def _unprocessable(_request: Request, error: Exception) -> JSONResponse:
    return problem(422, str(error))


async def _store(request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, Unavailable):
        after = RETRY_AFTER if error.retry_after is None else max(1, round(error.retry_after))
        return problem(503, _met(request, error), {"Retry-After": f"{after}"})
    if isinstance(error, Unauthorized):
        return problem(503, _met(request, error), {"Retry-After": "60"})
    assert isinstance(error, StoreError)
    return problem(502, _met(request, error))


async def _clips(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ClipsUnavailable)
    return not_now(_met(request, error))


def _met(request: Request, error: Away) -> str:
    state = request.app.state
    troubles: Troubles = state.troubles
    return troubles.meet(error, state.context.now())


async def _spool(_request: Request, error: Exception) -> JSONResponse:
    return not_now(f"Nothing can be stored now: {error}")


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # Starlette logs the traceback itself after this answer.
    return problem(500, "Something went wrong inside Hutch; its log has the details.")


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    return problem(422, invalid(error.errors()))


def invalid(mistakes: Sequence[Mapping[str, Any]]) -> str:
    """One sentence a mistake that pydantic found, each naming its key."""
    return " ".join(dict.fromkeys(_mistake(mistake) for mistake in mistakes[:10]))


def invalid_model(error: ValidationError) -> str:
    """The same of what pydantic found in a model that no request was read into by itself."""
    return invalid([{**mistake, "loc": ("", *mistake["loc"])} for mistake in error.errors()])


_BOUNDS = {
    "less_than_equal": "may be {le:.15g} at most",
    "less_than": "must be less than {lt:.15g}",
    "greater_than_equal": "must be {ge:.15g} at least",
    "greater_than": "must be more than {gt:.15g}",
}
_SUBJECT = re.compile(r"^[A-Z][a-z]+ (?=should )")
"""What pydantic calls a value ("Input", "String", "List") before it says what it should be."""


def _mistake(mistake: Mapping[str, Any]) -> str:
    kind = mistake["type"]
    where = ".".join(str(part) for part in mistake["loc"][1:]) or "the body"
    if kind == "json_invalid":
        return f"The body is no JSON: {mistake['ctx']['error']} at character {mistake['loc'][-1]}."
    if where == "the body" and kind in ("missing", "model_attributes_type", "dict_type"):
        return "The body must be a JSON object, sent with Content-Type: application/json."
    if kind == "missing":
        return f"{where} is missing."
    if kind == "extra_forbidden":
        return f"{where} is not known here."
    if kind == "string_pattern_mismatch":
        slash = " or a slash" if "/" in mistake["ctx"]["pattern"] else ""
        return f"{where} may hold no control character{slash}, and no backslash at its end."
    if kind in _BOUNDS:
        return f"{where} {_BOUNDS[kind].format_map(mistake['ctx'])}."
    message = _SUBJECT.sub("", mistake["msg"].removeprefix("Value error, "))
    return sentence(f"{where} {message}" if message.startswith("should") else f"{where}: {message}")


def sentence(text: str) -> str:
    """``text`` with a full stop at its end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def capital(text: str) -> str:
    """``text`` as a sentence that stands alone: with a capital at its start, too."""
    return sentence(text[:1].upper() + text[1:])
