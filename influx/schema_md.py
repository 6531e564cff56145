"""Writes SCHEMA.md, the vocabulary as people read it, from ``influx.schema``.

``python -m influx.schema_md`` writes it; ``--check`` says whether the committed one is as it should be.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from influx.config import Retention
from influx.schema import DYNAMIC_EVENT_TYPES, MEASUREMENTS, STILL_EVENT_TYPES, Field, Measurement

PATH = Path(__file__).parent / "SCHEMA.md"

_HEAD = """\
# What Hutch stores

Every measurement with its tags and fields; `schema.py` is where they are defined and explained, and this
page is generated from it (`make generate`). Values are SI; times are UTC. A point is told from others by its
measurement, tags and time: writing it again overwrites the fields it names.
"""


def render() -> str:
    """The text of SCHEMA.md."""
    return "\n".join([_HEAD, *_buckets(), *_contents(), *_event_types()])


def _buckets() -> Iterator[str]:
    yield "| bucket | what it holds | kept by default | measurements |"
    yield "|---|---|---|---|"
    for name, option in Retention.model_fields.items():
        held = [measurement.name for measurement in MEASUREMENTS.values() if measurement.bucket == name]
        days = "for ever" if option.default is None else f"{option.default.days} days"
        what = (option.description or "").partition(";")[0].rstrip(".")
        yield f"| `{name}` | {what} | {days} | {', '.join(f'[{n}](#{n})' for n in held) or '(none yet)'} |"


def _contents() -> Iterator[str]:
    for measurement in MEASUREMENTS.values():
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
