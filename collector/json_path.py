"""JSON paths (RFC 9535) that lead to one value, such as ``$.AM2301.Temperature``."""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonpath import JSONPath


@lru_cache(maxsize=256)
def compiled(path: str) -> "JSONPath":
    """``path``, ready for use; raises ``ValueError`` with a sentence where it leads to no single value.

    Filters, wildcards and descents are refused: a path of names and indexes takes the same few steps
    whatever a device sends.
    """
    # Only who has devices that speak JSON pays for it.
    import jsonpath

    try:
        made = jsonpath.compile(path)
    except jsonpath.JSONPathError:
        made = None
    if not path.startswith("$") or not isinstance(made, jsonpath.JSONPath) or not made.singular_query():
        raise ValueError(
            f"{path!r:.80} is no path to one value; write it like $.temperature or $.BME280.Pressure"
        )
    return made


def value_at(path: str, document: Any) -> Any:
    """What ``path`` leads to in ``document``, as ``json`` reads it; None where nothing is there."""
    found = compiled(path).findall(document)
    return found[0] if found else None
