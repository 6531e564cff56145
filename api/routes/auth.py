"""``POST /auth/token`` for scripts, and ``GET /auth/check`` for a proxy that asks who is logged in."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm
from starlette.concurrency import run_in_threadpool

from api.access.caller import Who
from api.access.door import CHALLENGE
from api.access.gate import Gate, TooMany, WrongPassword
from api.access.ledger import User
from api.access.passwords import Busy
from api.access.rights import Right, needs
from api.access.script_tokens import LIFE
from api.problems import Problem

router = APIRouter(prefix="/auth", tags=["login"])


@router.post("/token", dependencies=[needs(Right.PUBLIC)])
async def token(
    request: Request, response: Response, form: Annotated[OAuth2PasswordRequestForm, Depends()]
) -> dict[str, Any]:
    """A token for scripts, of half an hour: send it as `Authorization: Bearer …`."""
    user = await log_in(request, form.username, form.password)
    gate: Gate = request.app.state.gate
    response.headers["Cache-Control"] = "no-store"
    return {
        "access_token": await run_in_threadpool(gate.make_token, user),
        "token_type": "bearer",
        "expires_in": int(LIFE.total_seconds()),
    }


@router.get("/check", dependencies=[needs(Right.VIEW)])
async def check(who: Who, response: Response) -> dict[str, str | None]:
    """Who is logged in: 200 with `X-Hutch-User` and `X-Hutch-Role`, else 401."""
    role = who.role or "viewer"
    # A device is called as people like; it must pass for no user, and headers hold no other script.
    name = who.name if who.kind != "device" else f"device:{quote(who.name)}"
    response.headers.update({"X-Hutch-User": name, "X-Hutch-Role": role, "Cache-Control": "no-store"})
    return {"user": name, "role": role}


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
