"""How a pet is called: the same by whatever door its name comes in."""

from typing import Annotated

from pydantic import AfterValidator, Field

from influx.schema import NO_PET, UNKNOWN_PET

NOBODY = frozenset({UNKNOWN_PET, NO_PET})
"""What stands for a pet in an event whose pet is not known, or that was none."""


def _as_tag(name: str) -> str:
    """A name as its tag has it: in lower case, its words joined by a hyphen, as configured names are."""
    name = "-".join(name.lower().split())
    if not name.strip("-_"):
        raise ValueError("is empty")
    return name


def _of_somebody(name: str) -> str:
    if name in NOBODY:
        raise ValueError(f"{name!r} is what stands for no known pet; take another name")
    return name


PetName = Annotated[
    str,
    Field(min_length=1, max_length=48, pattern=r"^[^\x00-\x1f\x7f/]*[^\x00-\x1f\x7f\\/]$"),
    AfterValidator(_as_tag),
]
"""Who an event is said to be of."""
NewPetName = Annotated[PetName, AfterValidator(_of_somebody)]
"""Who is to be known as a pet."""
