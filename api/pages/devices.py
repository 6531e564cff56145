"""Devices: who holds a token, who is logged in where, and how either is ended. For owners."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from api.access import naming
from api.access.caller import Who
from api.access.gate import Gate
from api.access.ledger import Device, NameTaken
from api.access.naming import BadName
from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.pages.render import PageRoute, page
from api.problems import Problem, capital

router = APIRouter(
    prefix="/pages", include_in_schema=False, route_class=PageRoute, dependencies=[needs(Right.MANAGE)]
)

SCOPES = {
    "ingest": "Send points, for one node",
    "live": "See the live picture",
    "read": "Look at everything",
    "metrics": "Read the metrics",
}
"""What a token may, in the words of the form."""

Text = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True, slots=True)
class ShownSession:
    """One browser that is logged in."""

    id: str
    user: str
    role: str
    source: str
    browser: str
    created: datetime
    seen: datetime
    here: bool


@router.get("/devices")
def devices(request: Request, context: Ctx, who: Who) -> Response:
    """Every device and its token's state, and every session."""
    return _page(request, context, who)


@router.post("/devices")
def add(
    request: Request, context: Ctx, who: Who, name: Text = "", scope: Text = "ingest", node: Text = ""
) -> Response:
    """Make a token and show it, this once."""
    gate: Gate = request.app.state.gate
    try:
        named = naming.device(name, scope, node if scope == "ingest" else "")
        token = gate.ledger.add_device(*named, context.now())
    except (BadName, NameTaken) as error:
        typed = {"name": name, "scope": scope, "node": node}
        return _page(request, context, who, status=422, mistake=capital(str(error)), typed=typed)
    return _page(request, context, who, status=201, token=token, token_of=named[0])


@router.post("/devices/revoke")
def revoke(request: Request, context: Ctx, id_: Annotated[str, Form(alias="id", max_length=20)]) -> Response:
    """Let a token in no more; what it has open is cut within seconds."""
    gate: Gate = request.app.state.gate
    if not gate.ledger.revoke_device(id_, context.now()):
        raise Problem(404, "There is no such device any more.")
    return RedirectResponse("/pages/devices", 303)


@router.post("/devices/end")
def end(request: Request, id_: Annotated[str, Form(alias="id", max_length=20)]) -> Response:
    """End a session, wherever it is."""
    gate: Gate = request.app.state.gate
    if not gate.ledger.end_session(id_):
        raise Problem(404, "This session has ended already.")
    return RedirectResponse("/pages/devices", 303)


def _page(
    request: Request,
    context: Context,
    who: Who,
    *,
    status: int = 200,
    mistake: str = "",
    token: str = "",
    token_of: str = "",
    typed: dict[str, str] | None = None,
) -> Response:
    gate: Gate = request.app.state.gate
    kept = gate.ledger.devices()
    return page(
        request,
        "devices.html",
        status=status,
        sentence=mistake,
        token=token,
        token_of=token_of,
        typed=typed or {"name": "", "scope": "ingest", "node": ""},
        scopes=SCOPES,
        devices=[device for device in kept if device.revoked is None],
        revoked=sorted((device for device in kept if device.revoked is not None), key=_revoked, reverse=True),
        by_address=context.config.devices,
        users=gate.ledger.users(),
        sessions=_sessions(gate, context, who),
        login_required=gate.login_required(),
    )


def _sessions(gate: Gate, context: Context, who: Who) -> list[ShownSession]:
    return [
        ShownSession(
            session.id,
            session.user,
            session.role,
            session.source,
            browser(session.browser),
            session.created,
            session.seen,
            session.id == who.session,
        )
        for session in gate.ledger.sessions(context.now())
    ]


def browser(agent: str) -> str:
    """A browser and its system in two words, as far as what it says of itself tells."""
    # Each says it is also the ones below it, so the order counts.
    names = {"Edg": "Edge", "Firefox": "Firefox", "Chrome": "Chrome", "CriOS": "Chrome", "Safari": "Safari"}
    systems = {
        "iPhone": "iPhone",
        "iPad": "iPad",
        "Android": "Android",
        "Windows": "Windows",
        "Mac OS": "Mac",
        "Linux": "Linux",
    }
    name = next((word for sign, word in names.items() if sign in agent), "")
    system = next((word for sign, word in systems.items() if sign in agent), "")
    return " on ".join(filter(None, (name, system))) or "another program"


def _revoked(device: Device) -> datetime:
    assert device.revoked is not None
    return device.revoked
