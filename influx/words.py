"""What a vocabulary is made of: tags, fields and measurements."""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

UNKNOWN_TAG = "unknown"
"""What a point has for a tag that it was written without: before the tag was thought of, or by a stranger."""


class FieldType(StrEnum):
    """The four types of a field value in line protocol."""

    FLOAT = "float"
    INTEGER = "integer"
    STRING = "string"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: an indexed string that says which series a point belongs to."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a value of a point, with its type, its unit (empty where it has none) and bounds.

    ``low`` and ``high`` are what can physically or logically be true, not what is desirable; a value
    outside is a broken device and is refused with the reason.
    """

    name: str
    type: FieldType
    unit: str
    meaning: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """One measurement: its tags, its fields and the bucket its points live in."""

    name: str
    bucket: str
    meaning: str
    tags: tuple[Tag, ...]
    fields: tuple[Field, ...]
    derived: bool = False
    """Whether the server side works it out from other measurements; nobody else may write it then."""
    tag_names: tuple[str, ...] = dataclasses.field(init=False, repr=False)
    """The names of the tags, sorted, as line protocol likes them."""
    field_names: tuple[str, ...] = dataclasses.field(init=False, repr=False)
    """The names of the fields, in the order of the vocabulary."""

    def __post_init__(self) -> None:
        """Work out the names once: every point asks for them."""
        object.__setattr__(self, "tag_names", tuple(sorted(tag.name for tag in self.tags)))
        object.__setattr__(self, "field_names", tuple(field.name for field in self.fields))

    def tag(self, name: str) -> Tag:
        """The tag called ``name``; raises ``KeyError`` naming the measurement and the tags it has."""
        for tag in self.tags:
            if tag.name == name:
                return tag
        known = ", ".join(self.tag_names)
        raise KeyError(f"measurement {self.name!r} has no tag {name!r}; it has {known}")

    def field(self, name: str) -> Field:
        """The field called ``name``; raises ``KeyError`` naming the measurement and the fields it has."""
        for field in self.fields:
            if field.name == name:
                return field
        known = ", ".join(self.field_names)
        raise KeyError(f"measurement {self.name!r} has no field {name!r}; it has {known}")
