"""Documents as YAML that people can read: a text of several lines stands as it is, below its key."""

import json
from collections.abc import Iterator
from typing import Any

_OTHERS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that YAML takes for something else than themselves."""


def document(value: Any) -> str:
    """``value``, of dictionaries, lists, texts, whole numbers, truths and None, as a YAML document."""
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> Iterator[str]:
    match value:
        case dict() if value:
            for key, inner in value.items():
                yield from _below(f"{_key(key)}:", inner)
        case list() | tuple() if value:
            for inner in value:
                first, *rest = _lines(inner)
                yield f"- {first}"
                yield from (f"  {line}" if line else "" for line in rest)
        case str() if _stands_as_it_is(value):
            yield "|" if value.endswith("\n") else "|-"
            yield from (f"  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
        case _:
            yield _scalar(value)


def _below(key: str, value: Any) -> Iterator[str]:
    first, *rest = _lines(value)
    if value and isinstance(value, dict | list | tuple):
        yield key
        yield from (f"  {line}" if line else "" for line in (first, *rest))
    else:
        yield f"{key} {first}"
        yield from rest


def _stands_as_it_is(text: str) -> bool:
    """Whether YAML gives ``text`` back from a block; the rest is written as JSON, which is YAML too."""
    inner = text.removesuffix("\n")
    lines = inner.split("\n")
    plain = all(line.isprintable() and line == line.rstrip() for line in lines)
    return len(lines) > 1 and plain and bool(lines[0]) and bool(lines[-1]) and not lines[0].startswith(" ")


def _key(name: str) -> str:
    plain = name.isascii() and name.isidentifier() and name.lower() not in _OTHERS
    return name if plain else _scalar(name)


def _scalar(value: Any) -> str:
    told = json.dumps(value, ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in told)
