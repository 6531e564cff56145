"""What users and devices may be called, and what a device needs besides."""

import re

from api.access.ledger import SCOPES, Scope
from influx.config import MOST_OF_TAG, TAG

_USER = re.compile(r"[a-z0-9]([a-z0-9._@-]{0,46}[a-z0-9])?")


class BadName(ValueError):
    """A name or scope that is not taken, in one sentence."""


def user_name(typed: str) -> str:
    """The name of a user as it is kept: phones like to start with a capital. Raises ``BadName``."""
    name = typed.strip().lower()
    if _USER.fullmatch(name) is None:
        raise BadName(
            f"{typed[:60]!r} is no name of a user; take up to 48 letters, digits, . _ @ and - within"
        )
    return name


def device(name: str, scope: str, node: str) -> tuple[str, Scope, str | None]:
    """The name, scope and node of a device as they are kept; raises ``BadName``."""
    name, node = name.strip(), node.strip()
    if scope not in SCOPES:
        raise BadName(f"there is no scope {scope[:40]!r}; there are {', '.join(SCOPES)}")
    for what, text in (("name", name), ("node", node or name)):
        if len(text) > MOST_OF_TAG or re.fullmatch(TAG, text) is None:
            raise BadName(f"the {what} of a device has 1 to {MOST_OF_TAG} characters, the last of them no \\")
    if scope == "ingest" and not node:
        raise BadName("a device that sends points needs a node: the only one that it may write for")
    if scope != "ingest" and node:
        raise BadName(f"a token to {scope} is of no node; only those of scope ingest are")
    return name, scope, node or None
