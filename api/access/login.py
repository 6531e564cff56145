"""Logging in with name and password, for the form of the page and for scripts: the same bounds and words."""

from fastapi import Request

from api.access.door import CHALLENGE
from api.access.gate import Gate, TooMany, WrongPassword
from api.access.ledger import User
from api.access.passwords import Busy
from api.problems import Problem


async def log_in(request: Request, name: str, password: str) -> User:
    """The user of this name and password; raises ``Problem`` with a sentence: 401, 429 or 503."""
    gate: Gate = request.app.state.gate
    source = gate.source(request.scope)
    # Half a surrogate pair, which a form can bring and nobody types, can be neither kept nor hashed.
    name, password = (text.encode(errors="replace").decode() for text in (name, password))
    try:
        return await gate.log_in(name.strip().lower()[:200], password, source)
    except WrongPassword:
        gate.refusals.tell(source, f"wrong password for {name[:60]!r}", request.url.path)
        refusal = Problem(401, "The name or the password is wrong.")
        refusal.headers = {"WWW-Authenticate": CHALLENGE}
        raise refusal from None
    except TooMany as error:
        gate.refusals.tell(source, f"too many wrong passwords for {name[:60]!r}", request.url.path)
        raise Problem(
            429, f"Too many wrong passwords; try again in {error.wait} s.", retry_after=error.wait
        ) from None
    except Busy:
        raise Problem(503, "Many log in at once; try again in a moment.", retry_after=2) from None
