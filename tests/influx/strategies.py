"""Points as wide as the vocabulary allows, for Hypothesis."""

import sys

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from influx.points import MAX_TAG_CHARACTERS, FieldValue, Point, make
from influx.schema import MEASUREMENTS
from influx.words import Field, FieldType, Measurement

AWKWARD = (
    "a b", "a,b", "a=b", "a\\b", "a\\,b", "a\\=b", "a\\ b", "\\\\x", '"', 'say "x"', "${x}", "\\${", "#", "ü",
    "猫", "🐭", "'; DROP", '") |> drop()', "a AND b", " ", "\u2028", "\ufeff", "é", "%s", "{}", "_time",
)  # fmt: skip
"""What escaping has gone wrong with somewhere, some time."""

all_times = st.integers(-(2**63), 2**63 - 1)
characters = st.characters(codec="utf-8", exclude_categories=["Cc"])
tag_values = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(characters, min_size=1, max_size=MAX_TAG_CHARACTERS).filter(lambda text: text[-1] != "\\"),
)
strings = st.one_of(
    st.sampled_from(("", "\\", '\\"', "\n", "a\r\nb", "\r", "a\nb c=1 2", "\t", "\\n", "null", *AWKWARD)),
    st.text(st.characters(codec="utf-8"), max_size=300),
)


def values(field: Field, most: float) -> SearchStrategy[FieldValue]:
    """What a field may hold, its bounds and the bounds of its type included; floats up to ``most``."""
    match field.type:
        case FieldType.FLOAT:
            low = -most if field.low is None else field.low
            return st.floats(low, most if field.high is None else field.high)
        case FieldType.INTEGER:
            least = -(2**63) if field.low is None else int(field.low)
            return st.integers(least, 2**63 - 1 if field.high is None else int(field.high))
        case FieldType.STRING:
            return strings
        case FieldType.BOOLEAN:
            return st.booleans()


@st.composite
def points(
    draw: st.DrawFn,
    measurements: SearchStrategy[Measurement],
    tags: SearchStrategy[str] = tag_values,
    times: SearchStrategy[int] = all_times,
    most: float = sys.float_info.max,
) -> Point:
    """A point of one of ``measurements``, some of its fields missing, floats up to ``most``."""
    measurement = draw(measurements)
    chosen = draw(st.lists(st.sampled_from(measurement.fields), min_size=1, unique=True))
    fields = {field.name: draw(values(field, most)) for field in chosen}
    return make(measurement, {tag: draw(tags) for tag in measurement.tag_names}, fields, draw(times))


any_measurement = st.sampled_from(list(MEASUREMENTS.values()))
