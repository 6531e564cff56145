"""Who may log in, who is logged in, and which devices hold a token.

Every secret is kept as a hash alone. The API and the commands open it at the same time.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast, get_args

from api.access.ledger_file import LedgerFile
from api.access.place import ledger_path
from api.access.secret import digest, new_id, new_secret
from api.config import ApiSection

Role = Literal["owner", "viewer"]
Scope = Literal["ingest", "live", "read", "metrics"]
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)

IDLE = timedelta(days=30)
"""A session that nobody used for so long has ended."""
LONGEST = timedelta(days=180)
"""No session lasts longer, however often it is used."""


class NameTaken(ValueError):
    """There is one of this name already."""


@dataclass(frozen=True, slots=True)
class User:
    """Who may log in. ``generation`` changes with the password, and ends what was given before."""

    name: str
    role: Role
    password: str
    generation: str
    created: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is logged in."""

    id: str
    user: str
    role: Role
    created: datetime
    seen: datetime
    source: str
    browser: str


@dataclass(frozen=True, slots=True)
class Device:
    """A token that was given out: what it may, and since when it may no longer."""

    id: str
    name: str
    scope: Scope
    node: str | None
    created: datetime
    seen: datetime | None
    revoked: datetime | None


class Ledger(LedgerFile):
    """What a ledger's file holds. Every method may raise ``LedgerError``."""

    # --- users

    def add_user(self, name: str, role: Role, password: str, now: datetime) -> None:
        """Let ``name`` log in with the password of this hash; raises ``NameTaken``."""
        row = (name, role, password, new_id(), now.timestamp())
        try:
            self._write("INSERT INTO user VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.IntegrityError:
            raise NameTaken(f"there is a user {name!r} already") from None

    def users(self) -> list[User]:
        """Everybody who may log in, by name."""
        return [_user(row) for row in self._read("SELECT * FROM user ORDER BY name")]

    def user(self, name: str) -> User | None:
        """The user of this name."""
        rows = self._read("SELECT * FROM user WHERE name = ?", (name,))
        return _user(rows[0]) if rows else None

    def any_user(self) -> bool:
        """Whether anybody may log in."""
        return bool(self._read("SELECT 1 FROM user LIMIT 1"))

    def any_owner(self) -> bool:
        """Whether an owner may log in."""
        return bool(self._read("SELECT 1 FROM user WHERE role = 'owner' LIMIT 1"))

    def set_password(self, name: str, password: str) -> bool:
        """Give the user a new password, which ends every session and token of theirs; False where unknown."""
        # A trigger ends the sessions in the same step: none is left where the power fails in between.
        sql = "UPDATE user SET password = ?, generation = ? WHERE name = ?"
        return self._write(sql, (password, new_id(), name)) > 0

    def rehash(self, name: str, old: str, new: str) -> None:
        """Keep the same password under a newer hash; nothing of theirs ends."""
        self._write("UPDATE user SET password = ? WHERE name = ? AND password = ?", (new, name, old))

    def remove_user(self, name: str) -> bool:
        """Let the user log in no more, and end what they have open; False where there is none."""
        return self._write("DELETE FROM user WHERE name = ?", (name,)) > 0

    # --- sessions

    def start_session(self, user: User, now: datetime, *, source: str, browser: str) -> str | None:
        """The secret of a new session of ``user``, for the cookie; it is kept nowhere else.

        None where they got a new password since, or were removed: it takes a while to check the old one.
        """
        secret, stamp = new_secret(), now.timestamp()
        self._write("DELETE FROM session WHERE seen < ? OR created < ?", _oldest(now))
        row = (new_id(), digest(secret), stamp, stamp, source[:60], browser[:200], user.name, user.generation)
        sql = "INSERT INTO session SELECT ?, ?, name, ?, ?, ?, ? FROM user WHERE name = ? AND generation = ?"
        return secret if self._write(sql, row) else None

    def session(self, secret: str, now: datetime) -> Session | None:
        """The session of this secret, unless it has ended."""
        where = "session.secret = ? AND seen >= ? AND session.created >= ?"
        found = self._sessions(where, (digest(secret), *_oldest(now)))
        return found[0] if found else None

    def sessions(self, now: datetime) -> list[Session]:
        """Every session that has not ended, the last used first."""
        return self._sessions("seen >= ? AND session.created >= ?", _oldest(now))

    def _sessions(self, where: str, values: Iterable[Any]) -> list[Session]:
        rows = self._read(
            "SELECT id, user, role, session.created, seen, source, browser FROM session"  # noqa: S608 -- our words
            f" JOIN user ON user.name = session.user WHERE {where} ORDER BY seen DESC",
            values,
        )
        return [Session(id_, user, role, _time(a), _time(b), *rest) for id_, user, role, a, b, *rest in rows]

    def known_source(self, user: str, source: str) -> bool:
        """Whether ``user`` is logged in from this address somewhere."""
        return bool(
            self._read("SELECT 1 FROM session WHERE user = ? AND source = ? LIMIT 1", (user, source[:60]))
        )

    def see_session(self, session: str, now: datetime) -> None:
        """Note that the session is used, so that it lasts."""
        self._write("UPDATE session SET seen = ? WHERE id = ?", (now.timestamp(), session))

    def end_session(self, session: str) -> bool:
        """End one session; False where there is none."""
        return self._write("DELETE FROM session WHERE id = ?", (session,)) > 0

    # --- devices

    def add_device(self, name: str, scope: Scope, node: str | None, now: datetime) -> str:
        """A new token, to be shown once: ``hutch_<id>_<secret>``. Raises ``NameTaken``."""
        identifier, secret = new_id(), new_secret()
        row = (identifier, digest(secret), name, scope, node, now.timestamp())
        try:
            self._write("INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, NULL, NULL)", row)
        except sqlite3.IntegrityError:
            raise NameTaken(f"there is a device {name!r} already, or was; take another name") from None
        return f"hutch_{identifier}_{secret}"

    def devices(self) -> list[Device]:
        """Every device, the revoked ones too, by name."""
        return [_device(row) for row in self._read(f"{_DEVICES} ORDER BY name")]

    def device(self, identifier: str, secret: str) -> Device | None:
        """The device of this token, unless it is revoked."""
        rows = self._read(
            f"{_DEVICES} WHERE id = ? AND secret = ? AND revoked IS NULL", (identifier, digest(secret))
        )
        return _device(rows[0]) if rows else None

    def see_device(self, identifier: str, now: datetime) -> None:
        """Note that the device was heard of."""
        self._write("UPDATE device SET seen = ? WHERE id = ?", (now.timestamp(), identifier))

    def revoke_device(self, which: str, now: datetime) -> bool:
        """Let the device of this id or name in no more; False where there is none that may."""
        return (
            self._write(
                "UPDATE device SET revoked = ? WHERE (id = ? OR name = ?) AND revoked IS NULL",
                (now.timestamp(), which, which),
            )
            > 0
        )


_DEVICES = "SELECT id, name, scope, node, created, seen, revoked FROM device"


def _oldest(now: datetime) -> tuple[float, float]:
    """Before when a session must have been used, and made, to have ended."""
    return (now - IDLE).timestamp(), (now - LONGEST).timestamp()


def _time(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


def _user(row: tuple[Any, ...]) -> User:
    name, role, password, generation, created = row
    return User(name, cast(Role, role), password, generation, _time(created))


def _device(row: tuple[Any, ...]) -> Device:
    identifier, name, scope, node, created, seen, revoked = row
    times = (None if stamp is None else _time(stamp) for stamp in (seen, revoked))
    return Device(identifier, name, cast(Scope, scope), node, _time(created), *times)


def ledger_of(data_dir: Path) -> Ledger:
    """The ledger of the home in ``data_dir``; raises ``LedgerError`` as ``ledger_path`` does."""
    return Ledger(ledger_path(data_dir))


def nobody_may_log_in(config: ApiSection, data_dir: Path) -> str | None:
    """What to do, in a sentence, where others can reach the API and no owner can log in; None elsewhere."""
    if not config.reached_by_others:
        return None
    with closing(ledger_of(data_dir)) as ledger:
        if ledger.any_owner():
            return None
    what = f"public_url {config.public_url}" if config.public_url else f"host {config.host}"
    return f"[api] {what} is reached by others, and no owner can log in: run `hutch user add NAME` first"
