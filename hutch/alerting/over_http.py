"""Letters by HTTP; loaded only where somebody is told that way."""

from collections.abc import Mapping
from typing import Any

import httpx

from hutch.alerting.contacts import Undelivered

_TIMEOUT = 20.0


def post(name: str, url: str, told: Mapping[str, Any], token: str | None) -> None:
    """POST ``told`` as JSON; raises ``Undelivered``, which names the contact point and never its address."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.post(url, json=told, headers=headers, timeout=_TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Undelivered(f"{name} cannot be reached ({error or type(error).__name__})") from None
    if not answer.is_success:
        raise Undelivered(f"{name} answers {answer.status_code} {answer.reason_phrase}".rstrip())
