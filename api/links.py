"""Addresses that leave the house: whole where others reach Hutch by one, so that they open anywhere."""

from typing import Any

from api.context import Context

ADDRESSES = frozenset({"clip", "snapshot", "live", "photo", "event"})
"""Names under which the API's answers hold an address."""


def link(context: Context, path: str) -> str:
    """``path`` as others can open it: with ``public_url`` before it where that is configured."""
    return f"{context.config.public_url}{path}"


def linked(context: Context, told: dict[str, Any]) -> dict[str, Any]:
    """``told`` with its addresses as others can open them."""
    return {
        name: link(context, value)
        if name in ADDRESSES and isinstance(value, str) and value[:1] == "/"
        else value
        for name, value in told.items()
    }
