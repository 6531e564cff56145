"""The token that a change must carry beside a cookie: other sites' pages can send the one, not the other."""

import hmac

from starlette.datastructures import Headers, UploadFile
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

HEADER, FIELD = "x-csrf-token", "csrf"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class TooLarge(Exception):
    """A form is larger than what is taken."""


async def carries(scope: Scope, receive: Receive, token: str, most: int) -> tuple[bool, Receive]:
    """Whether the request carries ``token`` in its header or form, and what gives its body once more.

    Raises ``TooLarge`` for a form of more than ``most`` bytes, and ``HTTPException`` for what is no form.
    """
    headers = Headers(scope=scope)
    if (said := headers.get(HEADER)) is not None:
        return _same(said, token), receive
    if not headers.get("content-type", "").lower().startswith(_FORMS):
        return False, receive
    body = await _body(receive, most)
    async with Request(scope, _again(body, receive)).form() as form:
        said_in_form = form.get(FIELD)
    if said_in_form is None or isinstance(said_in_form, UploadFile):
        return False, receive
    return _same(said_in_form, token), _again(body, receive)


def _same(said: str, token: str) -> bool:
    return bool(token) and hmac.compare_digest(said.encode(errors="replace"), token.encode())


async def _body(receive: Receive, most: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > most:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay
