"""Writes SCHEMA.md, the vocabulary as people read it, from ``influx.schema``.

``python -m influx.schema_md`` writes it; ``--check`` says whether the committed one is as it should be.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from influx.config import Retention
from influx.rollup import rolled_fields
from influx.schema import (
    BASELINE,
    DYNAMIC_EVENT_TYPES,
    PET_ACTIVE_1D,
    PET_ACTIVE_15M,
    RECORDED,
    ROLLED,
    ROLLUPS,
    STILL_EVENT_TYPES,
)
from influx.words import Field, Measurement

PATH = Path(__file__).parent / "SCHEMA.md"

_HEAD = """\
# What Hutch stores

Every measurement with its tags and fields; `schema.py` is where they are defined and explained, and this
page is generated from it (`make generate`). Values are SI; times are UTC. A point is told from others by its
measurement, tags and time: writing it again overwrites the fields it names.
"""
_ROLLUPS = """\
The server side works these out, for windows of 15 minutes in UTC and for days of the home's time zone, timed
at their start, with the tags of what they are made of. Each number becomes five fields: `<number>_mean`,
`_min`, `_max` and `_sum` (floats) and `_count` (integer). Windows without a value have no point.
"""
_SHOWN = (*RECORDED, PET_ACTIVE_15M, PET_ACTIVE_1D, BASELINE)


def render() -> str:
    """The text of SCHEMA.md."""
    return "\n".join([_HEAD, *_buckets(), *_contents(), *_rollups(), *_event_types()])


def _buckets() -> Iterator[str]:
    yield "| bucket | what it holds | kept by default | measurements |"
    yield "|---|---|---|---|"
    for name, option in Retention.model_fields.items():
        held = [spec.name for spec in _SHOWN if spec.bucket == name]
        days = "for ever" if option.default is None else f"{option.default.days} days"
        what = (option.description or "").partition(";")[0].rstrip(".")
        links = [*(f"[{spec}](#{spec})" for spec in held), *_rollups_in(name)]
        yield f"| `{name}` | {what} | {days} | {', '.join(links)} |"


def _rollups_in(bucket: str) -> Iterator[str]:
    if bucket.startswith("rollup"):
        yield "[rollups](#rollups)"


def _contents() -> Iterator[str]:
    for measurement in _SHOWN:
        yield f"\n## {measurement.name}\n"
        meaning = measurement.meaning
        yield f"{meaning[0].upper()}{meaning[1:]}. Bucket `{measurement.bucket}`.\n"
        yield "| | name | type | unit | range | meaning |"
        yield "|---|---|---|---|---|---|"
        yield from _rows(measurement)


def _rows(measurement: Measurement) -> Iterator[str]:
    for tag in sorted(measurement.tags, key=lambda tag: tag.name):
        yield f"| tag | `{tag.name}` | string | | | {tag.meaning} |"
    for field in measurement.fields:
        yield f"| field | `{field.name}` | {field.type} | {field.unit} | {_range(field)} | {field.meaning} |"


def _range(field: Field) -> str:
    match field.low, field.high:
        case None, None:
            return ""
        case low, None:
            return f"from {low:,.10g}"
        case None, high:
            return f"up to {high:,.10g}"
        case low, high:
            return f"{low:,.10g} to {high:,.10g}"


def _rollups() -> Iterator[str]:
    yield "\n## Rollups\n"
    yield _ROLLUPS
    yield "| of | 15 minutes | day | numbers |"
    yield "|---|---|---|---|"
    for source in ROLLED:
        quarter, day = ROLLUPS[source.name]
        numbers = ", ".join(f"`{field.name}`" for field in rolled_fields(source))
        yield f"| [{source.name}](#{source.name}) | `{quarter.name}` | `{day.name}` | {numbers} |"


def _event_types() -> Iterator[str]:
    yield "\n## Event types\n"
    yield f"With a clip: {', '.join(f'`{name}`' for name in sorted(DYNAMIC_EVENT_TYPES))}.\n"
    yield f"With a snapshot alone: {', '.join(f'`{name}`' for name in sorted(STILL_EVENT_TYPES))}.\n"


def main(arguments: list[str]) -> int:
    """Write SCHEMA.md, or with ``--check`` compare it; the exit code is 1 where it differs."""
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m influx.schema_md [--check]\n")
        return 2
    text = render()
    if arguments:
        if not PATH.exists() or PATH.read_text(encoding="utf-8") != text:
            sys.stderr.write("influx/SCHEMA.md differs from influx/schema.py; `make generate` writes it\n")
            return 1
        return 0
    PATH.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
