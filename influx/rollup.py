"""Rollups: what becomes of a measurement when many of its points become one."""

from dataclasses import dataclass

from influx.words import Field, FieldType, Measurement


@dataclass(frozen=True, slots=True)
class Resolution:
    """How long the windows of a rollup are, the bucket they live in, and the ending of their names."""

    bucket: str
    suffix: str
    length: str


QUARTER_HOURLY = Resolution("rollup_15m", "15m", "15 minutes of UTC")
"""Every zone's days, also those with offsets of quarter hours, are made of whole such windows."""
DAILY = Resolution("rollup_1d", "1d", "a day of the home's time zone")

BASELINE_DAYS = 14
"""From how many days before its own what is usual in an hour is worked out."""

_NOT_ROLLED = frozenset({"revision"})


def rolled_fields(source: Measurement) -> tuple[Field, ...]:
    """The fields of ``source`` that rollups keep: all numbers that stand for an amount."""
    numbers = (FieldType.FLOAT, FieldType.INTEGER)
    return tuple(field for field in source.fields if field.type in numbers and field.name not in _NOT_ROLLED)


def rollup(source: Measurement, resolution: Resolution) -> Measurement:
    """The measurement that ``source`` is rolled up to: same tags, five fields for each number, timed at
    the start of the window.

    Named ``<measurement>_15m`` or ``_1d`` (docs/decisions/008). Sums are kept beside means because sums and
    counts of short windows add up to those of any longer window, exactly, where means of means do not.
    """
    return Measurement(
        f"{source.name}_{resolution.suffix}",
        resolution.bucket,
        f"{source.name} within {resolution.length}, timed at its start",
        source.tags,
        tuple(made for field in rolled_fields(source) for made in _fields(field)),
        derived=True,
    )


def _fields(field: Field) -> tuple[Field, ...]:
    kind = FieldType.FLOAT
    return (
        Field(f"{field.name}_mean", kind, field.unit, f"mean of {field.name}"),
        Field(f"{field.name}_min", kind, field.unit, f"lowest {field.name}", field.low, field.high),
        Field(f"{field.name}_max", kind, field.unit, f"highest {field.name}", field.low, field.high),
        Field(f"{field.name}_sum", kind, field.unit, f"sum of {field.name}"),
        Field(f"{field.name}_count", FieldType.INTEGER, "", f"how many values of {field.name}", 0),
    )
