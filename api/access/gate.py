"""Who sends a request, by what it shows; and logging in and out."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

from starlette.types import Scope

from api.access import caller
from api.access.caller import LOCAL, NOBODY, Caller
from api.access.credentials import DEVICES_MAY, Credential, of_a_page, shown
from api.access.ledger import Device, Session, User, ledger_of
from api.access.ledger_file import LedgerError
from api.access.passwords import Passwords
from api.access.place import key_path
from api.access.refusals import Refusals
from api.access.rights import Right
from api.access.script_tokens import BadToken, ScriptTokens
from api.access.secret import csrf_of, split_token
from api.access.source import Sources, network
from api.access.throttle import Throttle
from api.context import Context

logger = logging.getLogger(__name__)

_DEVICE_SEEN = timedelta(minutes=5)
_SESSION_SEEN = timedelta(hours=1)
"""How old a note of when something was last seen may be: each is a write, and cards wear out."""


class Refused(Exception):
    """A credential that is not taken, in one sentence."""


class WrongPassword(Exception):
    """There is no such user, or it is another password; nobody learns which."""


class TooMany(Exception):
    """Too many wrong passwords; ``wait`` seconds until the next is looked at."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


class Gate:
    """Knows who may come in. Whoever made it closes it."""

    def __init__(self, context: Context, throttle: Throttle | None = None) -> None:
        self.ledger = ledger_of(context.data_dir)
        self.refusals = Refusals()
        self._sources = Sources(context.config.trusted_proxies, context.config.devices)
        self._tokens = ScriptTokens(key_path(context.data_dir))
        self._passwords = Passwords()
        self._throttle = throttle or Throttle()
        self._reached_by_others = context.config.reached_by_others
        self._now = context.now
        self._noting: set[str] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    def login_required(self) -> bool:
        """Whether who calls must show who they are: others can reach the API, or somebody has a login."""
        return self._reached_by_others or self.ledger.any_user()

    def source(self, scope: Scope) -> str:
        """The address that the request comes from, past trusted proxies."""
        return self._sources.of(scope)

    def find(self, scope: Scope, right: Right) -> Caller:
        """Who sends this request for what needs ``right``; raises ``Refused`` for a credential that is wrong.

        A cookie whose session has ended is as none: the browser cannot know.
        """
        if not self.login_required():
            return LOCAL
        credential = shown(scope, right)
        if credential is not None and credential.kind != "cookie":
            return self._of_credential(credential)
        if credential is not None and (found := self._of_cookie(credential.secret)):
            return found
        if (
            right in DEVICES_MAY
            and not of_a_page(scope)
            and (device := self._sources.device_at(self.source(scope)))
        ):
            return caller.device(device.name, "ingest", device.node)
        return NOBODY

    def _of_cookie(self, secret: str) -> Caller | None:
        session = self.ledger.session(secret, self._now())
        if session is None:
            return None
        self._note_session(session)
        return Caller(session.user, "user", session.role, session=session.id, csrf=csrf_of(secret))

    def _of_credential(self, credential: Credential) -> Caller:
        if credential.kind == "unknown":
            raise Refused("This kind of Authorization is not taken here; send Bearer and a token.")
        if (token := split_token(credential.secret)) is not None:
            device = self.ledger.device(*token)
            if device is None:
                raise Refused(f"The device token {token[0]} is unknown or revoked.")
            self._note_device(device)
            return caller.device(device.name, device.scope, device.node)
        if credential.kind == "device":
            raise Refused("This is no device token; `hutch device add` makes one.")
        try:
            name, generation = self._tokens.read(credential.secret, self._now())
        except BadToken as error:
            raise Refused(str(error)) from None
        user = self.ledger.user(name)
        if user is None or user.generation != generation:
            raise Refused("The token was made before the user's password changed; ask for another.")
        return Caller(user.name, "user", user.role)

    # --- logging in

    async def log_in(self, name: str, password: str, source: str) -> User:
        """The user of this name and password; raises ``WrongPassword``, ``TooMany`` or ``Busy``."""
        async with self._turns.setdefault(network(source), asyncio.Lock()):
            return await self._try(name, password, source)

    async def _try(self, name: str, password: str, source: str) -> User:
        """One try; those of a source come one after the other, so that each knows of those before it."""
        user = self.ledger.user(name)
        known = user is not None and self.ledger.known_source(name, source)
        if wait := self._throttle.wait(source, name, known=known):
            raise TooMany(wait)
        right, newer = await self._passwords.verify(password, None if user is None else user.password)
        if not right or user is None:
            self._throttle.failed(source, name)
            raise WrongPassword
        if newer is not None:
            self.ledger.rehash(name, user.password, newer)
        return user

    def start_session(self, user: User, source: str, browser: str) -> str | None:
        """A new session's secret, for the cookie; None where the user has another password by now."""
        secret = self.ledger.start_session(user, self._now(), source=source, browser=browser)
        if secret is not None:
            logger.info("%s logged in from %s", user.name, source)
        return secret

    def make_token(self, user: User) -> str:
        """A short token for the user's scripts."""
        return self._tokens.make(user.name, user.generation, self._now())

    # --- last seen

    def _note_session(self, session: Session) -> None:
        if self._now() - session.seen >= _SESSION_SEEN:
            self._note(session.id, self.ledger.see_session)

    def _note_device(self, device: Device) -> None:
        if device.seen is None or self._now() - device.seen >= _DEVICE_SEEN:
            self._note(device.id, self.ledger.see_device)

    def _note(self, what: str, write: Callable[[str, datetime], None]) -> None:
        """Write beside the event loop, which does not wait for the disk."""
        if what in self._noting:
            return
        self._noting.add(what)

        def note() -> None:
            try:
                write(what, self._now())
            except LedgerError as error:
                logger.warning("%s", error)
            finally:
                self._noting.discard(what)

        asyncio.get_running_loop().run_in_executor(None, note)
