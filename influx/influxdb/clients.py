"""The clients of InfluxDB that a store needs: one a role, made when it is first asked for something."""

from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import TypeVar

from influxdb_client.client.influxdb_client import InfluxDBClient

from influx.connect import Role, TokenMissing, Tokens
from influx.influxdb import answers
from influx.store import Unauthorized

CONNECTIONS = 40
"""As many as the API has worker threads, so that none waits for another's answer."""

T = TypeVar("T")
TokenSource = str | Callable[[Role], str]
"""One token for every role, or what reads the token of a role; reading may raise ``TokenMissing``."""


class Clients:
    """Asks the InfluxDB at ``url`` in the name of a role; asks it nothing until then.

    A token that the server refuses is read again, once a refusal: it may have been replaced.
    """

    def __init__(self, url: str, org: str, token: TokenSource, timeout: timedelta) -> None:
        self._url, self._org = url, org
        self._token = token if callable(token) else lambda _: token
        self._origin = token.origin if isinstance(token, Tokens) else lambda role: f"the {role}'s token"
        self._milliseconds = timeout // timedelta(milliseconds=1)
        self._lock = Lock()
        self._clients: dict[Role, tuple[InfluxDBClient, str]] = {}

    def ask(self, role: Role, question: Callable[[InfluxDBClient], T]) -> T:
        """What ``question`` gets from the client of ``role``; raises as a ``Store`` does.

        It is asked again where the token was refused and is another one now.
        """
        client, token = self._client(role)
        try:
            with answers.asking(self._url, self._origin(role)):
                return question(client)
        except Unauthorized:
            if not self._renewed(role, token):
                raise
        with answers.asking(self._url, self._origin(role)):
            return question(client)

    def close(self) -> None:
        """Give back the connections."""
        for client, _ in self._clients.values():
            client.close()

    def _client(self, role: Role) -> tuple[InfluxDBClient, str]:
        with self._lock:
            if role not in self._clients:
                try:
                    token = self._token(role)
                except TokenMissing as missing:
                    raise Unauthorized(f"there is no token to ask InfluxDB with: {missing}") from None
                client = InfluxDBClient(
                    url=self._url,
                    token=token,
                    org=self._org,
                    timeout=self._milliseconds,
                    connection_pool_maxsize=CONNECTIONS,
                )
                self._clients[role] = client, token
            return self._clients[role]

    def _renewed(self, role: Role, refused: str) -> bool:
        """Whether there is another token than the one that was ``refused``; the client has it then."""
        with self._lock:
            client, token = self._clients[role]
            if token == refused:
                try:
                    token = self._token(role)
                except TokenMissing:
                    return False
                client.api_client.set_default_header("Authorization", f"Token {token}")
                self._clients[role] = client, token
            return token != refused
