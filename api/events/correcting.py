"""Corrections of events, as people ask for them: whose it was, what it did, that it was no pet at all."""

import logging
from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from api.access.caller import Caller
from api.context import Context
from api.events.listing import find
from api.problems import Problem
from influx.corrections import Corrections, Said, first_said, said_by
from influx.pet_names import PetName
from influx.points import Point
from influx.schema import CAPTURED_EVENT_TYPES, EVENT_TYPES, NO_PET, UNKNOWN_PET
from vision.identity.gallery import FOLDER, Gallery

logger = logging.getLogger(__name__)

NO_PETS_TYPE = "motion"
"""What an event is where no pet did anything."""
CORRECTABLE_TYPES = EVENT_TYPES - CAPTURED_EVENT_TYPES
"""What a pet can have done."""


def _pet(name: str) -> str:
    if name == NO_PET:
        raise ValueError('is no pet\'s name; send "not_a_pet": true')
    return name


def _event_type(name: str) -> str:
    if name not in CORRECTABLE_TYPES:
        raise ValueError(f"there is no such event type; there are {', '.join(sorted(CORRECTABLE_TYPES))}")
    return name


EventType = Annotated[str, Field(max_length=40), AfterValidator(_event_type)]


class Wish(BaseModel):
    """What an event is to say; what is left out stays. ``undo`` takes every correction back."""

    model_config = ConfigDict(extra="forbid")

    pet: Annotated[PetName, AfterValidator(_pet)] | None = None
    event_type: EventType | None = None
    not_a_pet: Literal[True] | None = None
    undo: Literal[True] | None = None

    @model_validator(mode="after")
    def _is_one_wish(self) -> "Wish":
        named = self.pet is not None or self.event_type is not None
        if [named, self.not_a_pet is not None, self.undo is not None].count(True) != 1:
            raise ValueError("say pet, event_type or both, or not_a_pet alone, or undo alone")
        return self

    def of(self, event: Point) -> Said:
        """What ``event`` is to say. One that was no pet and gets a name is what it was taken for at first."""
        before, first = said_by(event), first_said(event)
        if self.undo:
            return first or before
        if self.not_a_pet:
            return Said(NO_PET, NO_PETS_TYPE)
        if before.pet == NO_PET and self.pet is not None and first is not None:
            before = first
        return Said(self.pet or before.pet, self.event_type or before.event_type)


def correct(context: Context, corrections: Corrections, event_id: str, wish: Wish, who: Caller) -> Point:
    """The event as it is after ``wish``; raises ``Problem`` 404 where there is none, 422 for a picture that
    somebody took, and as a store does.
    """
    event = find(context, event_id)
    if event is None:
        raise Problem(404, f"There is no event {event_id!r:.80}.")
    if event.tags["event_type"] in CAPTURED_EVENT_TYPES:
        raise Problem(422, "Somebody took this picture; there is nothing of a pet to correct.")
    corrected = corrections.correct(event, wish.of(event), person=who.name, now=context.now())
    teach(context, event_id, wish)
    return corrected


def teach(context: Context, event_id: str, wish: Wish) -> None:
    """Have what the camera saw of the event be known as whose it is said to be; never raises.

    On the machine whose cameras saw it; elsewhere there is nothing to move.
    """
    gallery = Gallery(context.data_dir / FOLDER)
    try:
        if wish.not_a_pet:
            gallery.teach(event_id, NO_PET)
        elif wish.undo or wish.pet == UNKNOWN_PET:
            gallery.forget(event_id)
        elif wish.pet is not None:
            gallery.teach(event_id, wish.pet)
    except (OSError, ValueError) as error:
        logger.warning("cameras learn nothing from the correction of %s: %s", event_id, error)


def _corrections(request: Request) -> Corrections:
    kept: Corrections = request.app.state.corrections
    return kept


Kept = Annotated[Corrections, Depends(_corrections)]
"""An endpoint's parameter of this type corrects events, one after the other."""
