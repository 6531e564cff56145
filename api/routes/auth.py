"""``POST /auth/token`` for scripts, and ``GET /auth/check`` for a proxy that asks who is logged in."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm
from starlette.concurrency import run_in_threadpool

from api.access.caller import Who
from api.access.gate import Gate
from api.access.login import log_in
from api.access.rights import Right, needs
from api.access.script_tokens import LIFE

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
