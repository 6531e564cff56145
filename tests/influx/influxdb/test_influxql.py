"""What answers to InfluxQL mean where they are not whole, and from the real thing without its buckets."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from influx.influxdb import influxql
from influx.server import ServerStore
from influx.store import Unavailable
from influx.windows import Window
from tests.servers import Influx

WINDOW = Window.last(timedelta(days=1), datetime(2026, 5, 28, tzinfo=UTC))
PART = b'{"results":[{"series":[{"columns":["time"],"values":[[1],[2]],"partial":true}],"partial":true}]}\n'
END = b'{"results":[{"series":[{"columns":["time"],"values":[[3]]}]}]}\n'


def test_the_parts_of_an_answer_follow_each_other() -> None:
    assert list(influxql.rows([PART, END])) == [[[1], [2]], [[3]]]


def test_an_answer_that_ends_between_two_parts_is_not_taken_for_whole() -> None:
    answer = influxql.rows([PART])
    assert next(answer) == [[1], [2]]
    with pytest.raises(Unavailable, match="before it was whole"):
        next(answer)


def test_an_answer_that_is_cut_off_within_a_part_is_told() -> None:
    with pytest.raises(Unavailable, match="broken off"):
        list(influxql.rows([END[:30]]))


@pytest.mark.parametrize("told", [b'{"results":[{"error":"timeout"}]}', b'{"error":"timeout"}'])
def test_a_query_that_fails_on_the_way_is_told(told: bytes) -> None:
    answer = influxql.rows([PART, told])
    next(answer)
    with pytest.raises(Unavailable, match="gave up on the query: timeout"):
        next(answer)


def test_buckets_that_are_missing_make_the_store_unavailable(influx_server: Influx) -> None:
    store = ServerStore(influx_server.url, influx_server.org, influx_server.token, prefix="nobody_")
    with closing(store), pytest.raises(Unavailable, match="nobody_readings"):
        list(store.lines("environment", WINDOW))


def test_a_server_that_is_away_is_unavailable() -> None:
    store = ServerStore("http://127.0.0.1:1", "hutch", "token")
    with closing(store), pytest.raises(Unavailable):
        list(store.lines("environment", WINDOW))
