"""``/pets``: who lives here, where they like to be, and photographs of them."""

from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.events.media import serve
from api.limits.rates import dear
from api.links import linked
from api.pets import catalogue
from api.pets.catalogue import DAY
from api.pets.heat import heat_map
from api.pets.photos import LARGEST, keep, key_of, sent
from api.questions import LastText, StartText, StopText, window
from influx.pet_names import NewPetName
from influx.rfc3339 import iso
from vision import photos
from vision.clips import ClipMissing
from vision.photos import NoPicture

router = APIRouter(tags=["pets"])

VIEW, CHANGE = [needs(Right.VIEW)], [needs(Right.CHANGE)]
_KEPT_FOR = "private, max-age=60"

PetName = Annotated[str, Field(max_length=256)]


class NewPet(BaseModel):
    """A pet to know."""

    model_config = ConfigDict(extra="forbid")

    name: NewPetName
    expected: bool = Field(
        False, strict=True, description="Whether nobody having seen it for a day is an alarm."
    )


@router.get("/pets", dependencies=VIEW)
def listed(context: Ctx) -> dict[str, Any]:
    """Every pet that is registered or was seen: when it was seen last, its events of the last 24 hours by
    type, and the address of its newest photograph.
    """
    today, newest, now = catalogue.counts(context), photos.newest(context.clips), context.now()
    return {
        "now": iso(now),
        "pets": [
            linked(
                context,
                catalogue.as_json(pet, now, today.get(pet.name, {}), newest.get(photos.folder_of(pet.name))),
            )
            for pet in catalogue.pets(context)
        ],
    }


@router.post("/pets", status_code=201, dependencies=CHANGE)
def make(context: Ctx, new: NewPet) -> dict[str, Any]:
    """Know a pet by name, or say anew whether it is expected.

    One that is expected and not seen for a day is an alarm, as a sensor is that falls silent.
    """
    catalogue.register(context, new.name, expected=new.expected)
    return {"name": new.name, "registered": True, "expected": new.expected}


@router.get("/pets/{name}", dependencies=VIEW)
def one(context: Ctx, name: PetName) -> dict[str, Any]:
    """One pet: as in the list, with all its photographs and its events of each of the last seven days."""
    pet, now = catalogue.pet_named(context, name), context.now()
    kept = photos.photos(context.clips, pet.name)
    told = catalogue.as_json(pet, now, catalogue.counts(context).get(pet.name, {}), kept[0] if kept else None)
    week = catalogue.by_day(context, pet.name)
    return {
        **linked(context, told),
        "photos": [catalogue.photo_json(pet.name, photo) for photo in kept],
        "days": [{"date": day.isoformat(), "events": kinds} for day, kinds in week.items()],
    }


@router.get("/pets/{name}/where.png", dependencies=[*VIEW, dear()], response_class=Response)
def where(
    context: Ctx,
    name: PetName,
    start: StartText = None,
    stop: StopText = None,
    last: LastText = None,
    camera: Annotated[str, Query(max_length=48, description="The one that saw it most where left out.")] = "",
    over: Annotated[Literal["", "picture"], Query(description="`picture`: over what it saw last.")] = "",
) -> Response:
    """A heat map of where the pet was, as PNG: transparent where it was not; of the last day unless asked
    otherwise. `X-Camera` tells whose picture it belongs to (percent-encoded), `X-Seen` for how many seconds
    the pet was seen.
    """
    pet = catalogue.pet_named(context, name)
    asked = window(context.now(), DAY, context.timezone, start, stop, last)
    seen = catalogue.whereabouts(context, pet.name, asked, camera)
    picture = heat_map(seen.cells)
    if over:
        picture = _over(context, seen.camera, picture)
    headers = {
        "Cache-Control": _KEPT_FOR,
        "X-Camera": quote(seen.camera),
        "X-Seen": str(seen.seconds),
    }
    return Response(picture, media_type="image/png", headers=headers)


def _over(context: Context, camera: str, layer: bytes) -> bytes:
    """``layer`` over the newest picture that ``camera`` took; by itself where there is none."""
    event = catalogue.newest_snapshot(context, camera=camera) if camera else None
    if event is None:
        return layer
    try:
        ground = b"".join(context.clips.read(str(event.fields["snapshot"]), 0, LARGEST))
        return photos.over(ground, layer)
    except (ClipMissing, NoPicture, ValueError):
        return layer


@router.get("/pets/{name}/photos", dependencies=VIEW)
def photo_list(context: Ctx, name: PetName) -> dict[str, Any]:
    """The photographs of a pet, newest first."""
    pet = catalogue.pet_named(context, name)
    kept = photos.photos(context.clips, pet.name)
    return {"pet": pet.name, "photos": [catalogue.photo_json(pet.name, photo) for photo in kept]}


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "image/jpeg": {"schema": {"type": "string", "format": "binary"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"photo": {"type": "string", "format": "binary"}},
                    "required": ["photo"],
                }
            },
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"event_id": {"type": "string", "description": "Its snapshot is taken."}},
                    "required": ["event_id"],
                }
            },
        },
    }
}


_KINDS: dict[int | str, dict[str, Any]] = {415: {"description": "The body is none of these."}}


@router.post(
    "/pets/{name}/photos", status_code=201, dependencies=CHANGE, openapi_extra=_BODY, responses=_KINDS
)
async def add_photo(request: Request, context: Ctx, name: PetName) -> JSONResponse:
    """Keep a photograph of a pet: a JPEG or PNG as the body or as `photo` of a form, or the snapshot of an
    event (`{"event_id": ...}`).

    Only its pixels are kept, at most 1600 a side: where and with what it was taken is not.
    """
    data = await sent(request, context)
    pet = await run_in_threadpool(catalogue.pet_named, context, name)
    photo = await run_in_threadpool(keep, context, pet.name, data)
    return JSONResponse(catalogue.photo_json(pet.name, photo), 201)


@router.head("/pets/{name}/photos/{photo}", include_in_schema=False, dependencies=VIEW)
@router.get("/pets/{name}/photos/{photo}", dependencies=VIEW, response_class=Response)
def photo_of(request: Request, context: Ctx, name: PetName, photo: str) -> Response:
    """A photograph as JPEG."""
    key = key_of(context, name, photo)
    return serve(context.clips, key, request, what=f"The photograph {photo}")


@router.delete("/pets/{name}/photos/{photo}", status_code=204, dependencies=CHANGE)
def remove(context: Ctx, name: PetName, photo: str) -> Response:
    """Delete a photograph for good."""
    context.clips.delete(key_of(context, name, photo))
    return Response(status_code=204)
