"""Photographs on their way in: out of a request or the snapshot of an event, made clean, and kept."""

import tempfile
import threading
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import UploadFile

from api.context import Context
from api.events.listing import find
from api.problems import Problem, invalid_model
from influx.pet_names import written
from vision import photos
from vision.clips import ClipMissing
from vision.photos import NoPicture, Photo

MOST_PHOTOS = 60
"""Photographs that are kept of one pet: more tell a recognition nothing new."""
LARGEST = 8 * 1024**2
"""Bytes of a snapshot that are read at most; what is uploaded is bounded as every request."""


class OfEvent(BaseModel):
    """The event whose snapshot is the photograph."""

    model_config = ConfigDict(extra="forbid")

    event_id: str = Field(max_length=120)


async def sent(request: Request, context: Context) -> bytes:
    """The picture that ``request`` brings, or whose event it names; raises ``Problem``."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("image/jpeg", "image/png"):
        return await request.body()
    if kind == "multipart/form-data":
        return await _uploaded(request)
    if kind == "application/json":
        return await run_in_threadpool(snapshot, context, _event_id(await request.body()))
    raise Problem(415, "Send a JPEG or PNG as the body or as `photo` of a form, or JSON with an event_id.")


async def _uploaded(request: Request) -> bytes:
    async with request.form(max_files=1, max_fields=10) as form:
        photo = form.get("photo")
        if not isinstance(photo, UploadFile):
            raise Problem(422, "The form has no file called photo.")
        return await photo.read()


def _event_id(body: bytes) -> str:
    try:
        return OfEvent.model_validate_json(body).event_id
    except ValidationError as error:
        raise Problem(422, invalid_model(error)) from None


def snapshot(context: Context, event_id: str) -> bytes:
    """The picture of an event; raises ``Problem`` 404 where there is none."""
    event = find(context, event_id)
    key = "" if event is None else str(event.fields.get("snapshot", ""))
    try:
        return b"".join(context.clips.read(key, 0, LARGEST))
    except (ClipMissing, ValueError):
        raise Problem(404, f"There is no picture of an event {event_id!r:.80}.") from None


def keep(context: Context, pet: str, data: bytes) -> Photo:
    """Keep the picture ``data`` as a photograph of ``pet``; the same picture is kept once.

    Raises ``Problem`` 422 where it is none, 409 where there are too many, and ``ClipsUnavailable``.
    """
    try:
        clean = photos.clean(data)
    except NoPicture as error:
        raise Problem(422, str(error)) from None
    with _one_at_once:
        return _keep(context, pet, clean)


_one_at_once = threading.Lock()  # of several that come at once each counts those before it


def _keep(context: Context, pet: str, clean: bytes) -> Photo:
    kept = photos.photos(context.clips, pet)
    identifier = photos.photo_id(clean, context.now())
    for photo in kept:
        if photo.id.rpartition("-")[2] == identifier.rpartition("-")[2]:
            return photo
    if len(kept) >= MOST_PHOTOS:
        raise Problem(409, f"{MOST_PHOTOS} photographs are kept of a pet; delete one of them first.")
    key = photos.photo_key(pet, identifier)
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(clean)
        file.flush()
        context.clips.put(key, Path(file.name))
    return Photo(identifier, key, context.now().replace(microsecond=0))


def key_of(context: Context, name: str, photo: str) -> str:
    """The key of a photograph of the pet ``name``, in whatever case; raises ``Problem`` 404."""
    for pet in dict.fromkeys((name, written(name))):
        try:
            key = photos.photo_key(pet, photo)
            context.clips.stat(key)
        except (ValueError, ClipMissing):
            continue
        return key
    raise Problem(404, f"There is no photograph {photo!r:.60} of {name!r:.60}.")
