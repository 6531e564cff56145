"""``POST /cameras/{name}/snapshot`` and ``/record``: captures, a photo or a short recording."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from pydantic import BaseModel, ConfigDict, Field

from api.access.rights import Right, needs
from api.context import Ctx
from api.links import linked
from api.live.capture import DEFAULT_SECONDS, photograph, record
from vision.events import LONGEST_CAPTURE, SHORTEST_CAPTURE

router = APIRouter(tags=["cameras"], dependencies=[needs(Right.CHANGE)])

Name = Annotated[str, Path(max_length=48, description="The camera's name.")]


class Length(BaseModel):
    """How long a recording is, besides the pre-roll and post-roll that every clip has."""

    model_config = ConfigDict(extra="forbid")

    seconds: Annotated[float, Field(ge=SHORTEST_CAPTURE, le=LONGEST_CAPTURE)] = DEFAULT_SECONDS


@router.post("/cameras/{name}/snapshot", status_code=202)
async def snapshot(context: Ctx, name: Name) -> dict[str, Any]:
    """Take a photo now: an event of the type `photo`, whose picture is stored as every snapshot is."""
    return linked(context, (await photograph(context, name)).as_json())


@router.post("/cameras/{name}/record", status_code=202)
async def recording(
    context: Ctx, name: Name, length: Annotated[Length | None, Body()] = None
) -> dict[str, Any]:
    """Record the next seconds and a little before: an event of the type `recording`, with a clip.

    One runs at a time; who asks meanwhile is told of it, with `began` false.
    """
    return linked(context, (await record(context, name, (length or Length()).seconds)).as_json())
