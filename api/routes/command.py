"""``POST /`` and ``POST /command``: the entry point of the nursery, one address for every command."""

from typing import Any

from fastapi import APIRouter

from api.access.caller import Who
from api.access.rights import Right, needs
from api.context import Ctx
from api.journal import commands

router = APIRouter(tags=["nursery"], dependencies=[needs(Right.COMMAND)])


@router.post("/", include_in_schema=False)
@router.post("/command")
def command(context: Ctx, who: Who, asked: commands.Command) -> dict[str, Any]:
    """Do one command: `calc` (or `feeding_calc`), `journal` or `temperature`; each takes its own `data`."""
    return commands.run(context, who, asked)
