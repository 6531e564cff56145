"""Says once that the pages can be opened, as soon as they can."""

from http.client import HTTPConnection, HTTPException

from api.config import address

_PATIENCE = 0.5
"""Seconds an answer may take: whoever asks has other things to tend."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- never bound to here
"""Where a browser on this machine finds what listens on every address."""


class Greeting:
    """Waits for the pages at ``host`` and ``port``; port 0, which could be any, is never greeted."""

    def __init__(self, host: str, port: int, public_url: str = "") -> None:
        if host in _EVERYWHERE:
            host = _EVERYWHERE[host]
        self._host, self._port = host, port
        self._said = port == 0
        self.url = public_url or address(host, port)

    def due(self) -> bool:
        """Whether the pages answer now and did not when asked before; True once."""
        if self._said:
            return False
        connection = HTTPConnection(self._host, self._port, timeout=_PATIENCE)
        try:
            connection.request("GET", "/health")
            connection.getresponse().read()
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()
        self._said = True
        return True
