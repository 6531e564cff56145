"""Secrets nobody can guess: how they are made, kept as hashes, and told from one another."""

import hashlib
import re
import secrets

TOKEN = re.compile(r"hutch_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
"""A device token: its id, which may be shown, and its secret of 256 bits."""


def new_id() -> str:
    """A name for something that is no secret."""
    return secrets.token_hex(6)


def new_secret() -> str:
    """256 bits, as text that cookies, addresses and headers can hold."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is kept of a secret. One of 256 random bits needs no slow hash: it cannot be guessed."""
    return hashlib.sha256(secret.encode()).digest()


def csrf_of(session: str) -> str:
    """The token that changes must carry beside the cookie ``session``; nothing of it is kept."""
    return hashlib.sha256(b"csrf " + session.encode()).hexdigest()[:43]


def split_token(token: str) -> tuple[str, str] | None:
    """The id and secret of a device token; None where it is none."""
    match = TOKEN.fullmatch(token)
    return None if match is None else (match[1], match[2])
