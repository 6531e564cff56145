"""One client a role, made when it is needed, with a token that may be replaced while it is in use."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta

import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient

from influx.connect import Role, TokenMissing
from influx.influxdb.clients import Clients
from influx.store import Unauthorized
from tests.servers import Influx


@contextmanager
def asking(server: Influx, tokens: dict[Role, list[str]]) -> Iterator[tuple[Clients, list[Role]]]:
    """Clients whose tokens are read from ``tokens``, the next with each reading, and who was read."""
    read: list[Role] = []

    def token(role: Role) -> str:
        read.append(role)
        if not tokens[role]:
            raise TokenMissing("gone")
        return tokens[role].pop(0) if len(tokens[role]) > 1 else tokens[role][0]

    with closing(Clients(server.url, server.org, token, timedelta(seconds=10))) as clients:
        yield clients, read


def count_buckets(client: InfluxDBClient) -> int:
    return len(client.buckets_api().find_buckets().buckets)


def test_a_token_is_read_when_its_role_first_asks(influx_server: Influx) -> None:
    tokens = {Role.READER: [influx_server.token], Role.WRITER: [influx_server.token]}
    with asking(influx_server, tokens) as (clients, read):
        assert read == []
        for _ in range(2):
            assert clients.ask(Role.READER, count_buckets) > 0
        assert read == [Role.READER]


def test_a_refused_token_is_read_again_once_a_refusal(influx_server: Influx) -> None:
    with asking(influx_server, {Role.READER: ["old", influx_server.token]}) as (clients, read):
        assert clients.ask(Role.READER, count_buckets) > 0
        assert read == [Role.READER] * 2
    with asking(influx_server, {Role.READER: ["old", "other", influx_server.token]}) as (clients, read):
        with pytest.raises(Unauthorized, match="401"):
            clients.ask(Role.READER, count_buckets)
        assert read == [Role.READER] * 2
        assert clients.ask(Role.READER, count_buckets) > 0


def test_a_token_that_was_not_replaced_is_not_tried_again(influx_server: Influx) -> None:
    asked = 0

    def question(client: InfluxDBClient) -> int:
        nonlocal asked
        asked += 1
        return count_buckets(client)

    with asking(influx_server, {Role.READER: ["old"]}) as (clients, _), pytest.raises(Unauthorized):
        clients.ask(Role.READER, question)
    assert asked == 1


def test_a_token_that_is_missing_is_a_state_that_can_end(influx_server: Influx) -> None:
    tokens: dict[Role, list[str]] = {Role.READER: []}
    with asking(influx_server, tokens) as (clients, _):
        with pytest.raises(Unauthorized, match="no token to ask InfluxDB with: gone"):
            clients.ask(Role.READER, count_buckets)
        tokens[Role.READER] = ["old"]
        with pytest.raises(Unauthorized, match="401"):
            clients.ask(Role.READER, count_buckets)
        tokens[Role.READER] = []
        with pytest.raises(Unauthorized, match="401"):
            clients.ask(Role.READER, count_buckets)
        tokens[Role.READER] = [influx_server.token]
        assert clients.ask(Role.READER, count_buckets) > 0
