"""Letters by HTTP; loaded only where somebody is told that way."""

from collections.abc import Mapping
from typing import Any

import httpx

from hutch.alerting.contacts import Refused, Undelivered

_TIMEOUT = 20.0
_FOR_GOOD = frozenset({400, 413, 422})
"""What the server says to what is wrong or too large in itself; the rest may be another day's answer."""
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)


def post(name: str, url: str, told: Mapping[str, Any], token: str | None) -> None:
    """POST ``told`` as JSON; raises ``Undelivered``, which names the contact point and never its address."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        answer = httpx.post(url, json=told, headers=headers, timeout=_TIMEOUT)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        maybe = isinstance(error, httpx.HTTPError) and not isinstance(error, _NEVER_SENT)
        reason = f"{error}" or type(error).__name__
        raise Undelivered(f"{name} cannot be reached ({reason})", maybe=maybe) from None
    if not answer.is_success:
        what = Refused if answer.status_code in _FOR_GOOD else Undelivered
        raise what(f"{name} answers {answer.status_code} {answer.reason_phrase}".rstrip())
