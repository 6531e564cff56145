"""Passwords: argon2id by pwdlib. One check takes 0.1 s of a core and 64 MB, so few run at once."""

from functools import cache

from anyio import CapacityLimiter, to_thread
from pwdlib import PasswordHash

from api.access.secret import new_secret

SHORTEST, LONGEST = 10, 256
"""Characters of a password."""
_AT_ONCE = 2
_WAITING = 16
"""Logins that may wait for their turn; more are told to come again."""


class Busy(Exception):
    """Too many passwords are being checked."""


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


@cache
def _nobodys() -> str:
    """The hash that a name is checked against that nobody has, so that it takes as long."""
    return _hasher().hash(new_secret())


def mistake(password: str) -> str:
    """What is wrong with a password to be; empty where nothing is."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"a password has {SHORTEST} to {LONGEST} characters; a sentence is easy to remember"
    if len(set(password)) < 5:
        return "a password of so few different characters is guessed at once"
    return ""


def hashed(password: str) -> str:
    """The hash to keep of ``password``."""
    return _hasher().hash(password)


def verify(password: str, kept: str | None) -> tuple[bool, str | None]:
    """Whether ``password`` is the one of the hash ``kept``, and a newer hash where that is out of date.

    None stands for a user there is none of; it takes as long and is never right.
    """
    right, newer = _hasher().verify_and_update(password[: LONGEST + 1], kept or _nobodys())
    return right and kept is not None, newer


class Passwords:
    """Checks passwords beside the event loop, few at once."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(_AT_ONCE)
        self._waiting = 0

    async def verify(self, password: str, kept: str | None) -> tuple[bool, str | None]:
        """As ``verify``; raises ``Busy`` where too many wait already."""
        if self._waiting >= _WAITING:
            raise Busy
        self._waiting += 1
        try:
            return await to_thread.run_sync(verify, password, kept, limiter=self._limiter)
        finally:
            self._waiting -= 1
