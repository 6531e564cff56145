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
    ours = {name for name in ADDRESSES & told.keys() if str(told[name]).startswith("/")}
    return told | {name: link(context, told[name]) for name in ours}
