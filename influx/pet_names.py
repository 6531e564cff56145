"""How a pet is called: the same by whatever door its name comes in."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from influx.schema import NO_PETS, UNKNOWN_PET

NOBODY = frozenset({UNKNOWN_PET, *NO_PETS})
"""What stands for a pet in an event whose pet is not known, or that was none."""


LONGEST = 48


def written(name: str) -> str:
    """``name`` as its tag has it: in lower case, its words joined by a hyphen, as configured names are."""
    return "-".join(unicodedata.normalize("NFC", name).lower().split())


def _as_tag(name: str) -> str:
    name = written(name)
    if not name.strip("-_"):
        raise ValueError("is empty")
    # ".." would lead the address of its page elsewhere.
    if not name[0].isalnum() or len(name) > LONGEST:
        raise ValueError(f"must begin with a letter or digit, and have up to {LONGEST} characters")
    return name


def _of_somebody(name: str) -> str:
    if name in NOBODY:
        raise ValueError(f"{name!r} is what stands for no known pet; take another name")
    return name


PetName = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST, pattern=r"^[^\x00-\x1f\x7f/]*[^\x00-\x1f\x7f\\/]$"),
    AfterValidator(_as_tag),
]
"""Who an event is said to be of."""
NewPetName = Annotated[PetName, AfterValidator(_of_somebody)]
"""Who is to be known as a pet."""
