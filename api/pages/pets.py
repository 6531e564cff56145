"""Pets: who lives here, with photographs, a week in bars, and a map of where each likes to be."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse

from api.access.rights import Right, needs
from api.context import Context, Ctx
from api.pages import shown_pets
from api.pages.render import PageRoute, page
from api.pets import catalogue
from api.pets.photos import MOST_PHOTOS, keep, key_of, snapshot
from api.problems import Problem
from api.questions import length
from influx.pet_names import NewPetName
from influx.windows import Window, WindowError
from vision import photos

router = APIRouter(prefix="/pages", include_in_schema=False, route_class=PageRoute)

VIEW, CHANGE = [needs(Right.VIEW)], [needs(Right.CHANGE)]
WINDOWS = {"24h": "24 h", "3d": "3 d", "1w": "1 w", "30d": "1 m"}
_NAME: TypeAdapter[str] = TypeAdapter(NewPetName)
_NO_NAME = (
    "A name has up to 48 characters and no slash, and is none of “unknown”, “person” and “none”:"
    " take another."
)

PetName = Annotated[str, Form(max_length=200)]


@router.get("/pets", dependencies=VIEW)
def listed(request: Request, context: Ctx) -> Response:
    """Every pet, and a form for a new one."""
    return _list(request, context)


@router.post("/pets", dependencies=CHANGE)
def make(
    request: Request, context: Ctx, name: PetName = "", expected: bool = Form(default=False)
) -> Response:
    """Know a pet by name, or say anew whether it is expected."""
    try:
        known = _NAME.validate_python(name)
    except ValidationError:
        return _list(request, context, status=422, sentence=_NO_NAME, typed=name)
    catalogue.register(context, known, expected=expected)
    return RedirectResponse(f"/pages/pets/{quote(known, safe='')}", 303)


def _list(
    request: Request, context: Context, status: int = 200, sentence: str = "", typed: str = ""
) -> Response:
    return page(
        request,
        "pets.html",
        status=status,
        pets=shown_pets.every(context),
        sentence=sentence,
        typed=typed,
    )


@router.get("/pets/{name}", dependencies=VIEW)
def one(
    request: Request,
    context: Ctx,
    name: str,
    last: Annotated[str, Query(max_length=40)] = "1w",
    camera: Annotated[str, Query(max_length=48)] = "",
    added: Annotated[bool, Query()] = False,
) -> Response:
    """One pet: its photographs, its week and its map."""
    pet = catalogue.pet_named(context, name)
    return page(request, "pet.html", added=added, **_one(context, pet, last, camera))


def _one(context: Context, pet: catalogue.Pet, last: str, camera: str) -> dict[str, Any]:
    last, window = _window(context, last)
    kept = photos.photos(context.clips, pet.name)
    today = catalogue.counts(context).get(pet.name, {})
    return {
        "pet": shown_pets.shown(context, pet, kept[0] if kept else None, today),
        "photos": [(photo, catalogue.photo_address(pet.name, photo.id)) for photo in kept],
        "room": len(kept) < MOST_PHOTOS,
        "candidates": shown_pets.candidates(context, pet.name),
        "week": shown_pets.week(context, pet.name),
        "map": shown_pets.heat_map(context, pet.name, last, window, camera),
        "last": last,
        "windows": WINDOWS.items(),
    }


def _window(context: Context, last: str) -> tuple[str, Window]:
    try:
        return last, Window.last(length(last, "last"), context.now())
    except WindowError:
        return "1w", Window.last(length("1w", "last"), context.now())


@router.post("/pets/{name}/photos", dependencies=CHANGE)
def add_photo(
    context: Ctx,
    name: str,
    photo: UploadFile | None = None,
    event_id: Annotated[str, Form(max_length=120)] = "",
) -> Response:
    """Keep an uploaded picture, or that of an event."""
    pet = catalogue.pet_named(context, name)
    if photo is not None and photo.size:
        data = photo.file.read()
    elif event_id:
        data = snapshot(context, event_id)
    else:
        raise Problem(422, "Choose a picture first.")
    keep(context, pet.name, data)
    return RedirectResponse(f"/pages/pets/{quote(pet.name, safe='')}?added=1#photos", 303)


@router.post("/pets/{name}/photos/{photo}/delete", dependencies=CHANGE)
def remove(context: Ctx, name: str, photo: str) -> Response:
    """Delete a photograph for good."""
    pet = catalogue.pet_named(context, name)
    context.clips.delete(key_of(context, pet.name, photo))
    return RedirectResponse(f"/pages/pets/{quote(pet.name, safe='')}#photos", 303)
