"""Points as wide as the vocabulary allows, for Hypothesis."""

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from influx.points import MAX_TAG_CHARACTERS, FieldValue, Point, make
from influx.schema import MEASUREMENTS, Field, FieldType, Measurement

AWKWARD = (
    "a b", "a,b", "a=b", "a\\b", "a\\,b", "a\\=b", "a\\ b", "\\\\x", '"', 'say "x"', "${x}", "\\${", "#", "ü",
    "猫", "🐭", "'; DROP", '") |> drop()', "a AND b", " ", "\u2028", "\ufeff", "é", "%s", "{}", "_time",
)  # fmt: skip
"""What escaping has gone wrong with somewhere, some time."""

characters = st.characters(codec="utf-8", exclude_categories=["Cc"])
tag_values = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(characters, min_size=1, max_size=MAX_TAG_CHARACTERS).filter(lambda text: text[-1] != "\\"),
)
strings = st.one_of(
    st.sampled_from(("", "\\", '\\"', "\n", "a\r\nb", "\r", "a\nb c=1 2", "\t", "\\n", "null", *AWKWARD)),
    st.text(st.characters(codec="utf-8"), max_size=300),
)


def values(field: Field) -> SearchStrategy[FieldValue]:
    """What a field may hold, its bounds and the bounds of its type included."""
    match field.type:
        case FieldType.FLOAT:
            return st.floats(field.low, field.high, allow_nan=False, allow_infinity=False)
        case FieldType.INTEGER:
            low = -(2**63) if field.low is None else int(field.low)
            high = 2**63 - 1 if field.high is None else int(field.high)
            return st.integers(low, high)
        case FieldType.STRING:
            return strings
        case FieldType.BOOLEAN:
            return st.booleans()


@st.composite
def points(
    draw: st.DrawFn,
    measurements: SearchStrategy[Measurement],
    tags: SearchStrategy[str] = tag_values,
    times: SearchStrategy[int] | None = None,
) -> Point:
    """A point of one of ``measurements``, some of its fields missing."""
    measurement = draw(measurements)
    fields = draw(
        st.fixed_dictionaries(
            {}, optional={field.name: values(field) for field in measurement.fields}
        ).filter(bool)
    )
    return make(
        measurement,
        {tag: draw(tags) for tag in measurement.tag_names},
        fields,
        draw(st.integers(-(2**63), 2**63 - 1) if times is None else times),
    )


any_measurement = st.sampled_from(list(MEASUREMENTS.values()))
