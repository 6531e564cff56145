"""The short tokens of scripts: signed (JWT, HS256), for half an hour, tied to what the user is now."""

import contextlib
import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt

from api.access.secret import new_secret
from influx.secret_files import write_secret

LIFE = timedelta(minutes=30)
_ALGORITHM = "HS256"
_KEY_BYTES = 32


class BadToken(Exception):
    """A token that is not taken, in one sentence."""


class ScriptTokens:
    """Signs and reads tokens with the key in the file ``path`` (0600), which is made at first need."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key = b""
        self._making = threading.Lock()  # two keys would each end the other's tokens

    def make(self, user: str, generation: str, now: datetime) -> str:
        """A token for ``user`` that lasts half an hour, and no longer than the user's generation."""
        claims = {"sub": user, "gen": generation, "iat": int(now.timestamp())}
        claims["exp"] = int((now + LIFE).timestamp())
        return jwt.encode(claims, self._secret(), algorithm=_ALGORITHM)

    def read(self, token: str, now: datetime) -> tuple[str, str]:
        """The user and generation that ``token`` was made for; raises ``BadToken``."""
        required = ["sub", "gen", "iat", "exp"]
        # The expiry is looked at here, by the clock that everything else goes by.
        options: Any = {"require": required, "verify_exp": False, "verify_iat": False}
        try:
            claims = jwt.decode(token, self._secret(), algorithms=[_ALGORITHM], options=options)
            user, generation, expiry = claims["sub"], claims["gen"], float(claims["exp"])
        except (jwt.InvalidTokenError, TypeError, ValueError):
            raise BadToken("The token is not one of ours.") from None
        if expiry <= now.timestamp():
            raise BadToken("The token has expired; ask for another at /auth/token.")
        return str(user), str(generation)

    def _secret(self) -> bytes:
        with self._making:
            if not self._key:
                with contextlib.suppress(FileNotFoundError):
                    self._key = self._path.read_bytes().strip()
            if len(self._key) < _KEY_BYTES:
                key = new_secret()
                write_secret(self._path, key)
                self._key = key.encode()
            return self._key
