"""Buckets on a real InfluxDB: made, mended, and never shortened unasked."""

from datetime import timedelta

import pytest

from influx.apply import Difference, Kind, apply
from influx.buckets import BUCKETS
from influx.config import InfluxSection, Retention
from influx.connect import TOKEN_VARIABLE, TokenMissing
from influx.store import Rejected, Unauthorized, Unavailable
from tests.influx.conftest import FOREVER
from tests.servers import Influx


@pytest.fixture
def config(influx_server: Influx, request: pytest.FixtureRequest) -> InfluxSection:
    prefix = request.node.name.removeprefix("test_")[:31] + "-"
    return InfluxSection(url=influx_server.url, org=influx_server.org, bucket_prefix=prefix)


@pytest.fixture
def environment(influx_server: Influx) -> dict[str, str]:
    return {TOKEN_VARIABLE: influx_server.token}


def keeping(config: InfluxSection, retention: Retention) -> InfluxSection:
    return config.model_copy(update={"retention": retention})


def test_buckets_are_made_once(config: InfluxSection, environment: dict[str, str]) -> None:
    looked = apply(config, check=True, environment=environment)
    assert [(found.kind, found.mended) for found in looked] == [(Kind.MISSING, False)] * len(BUCKETS)
    assert str(looked[0]) == f"{config.bucket_prefix}readings: is missing, to keep 14 days"
    made = apply(config, environment=environment)
    assert [found.bucket for found in made] == [config.bucket_prefix + name for name in BUCKETS]
    assert str(made[4]) == f"{config.bucket_prefix}journal: made, to keep for ever"
    assert apply(config, environment=environment) == []
    assert apply(config, check=True, environment=environment) == []


def test_a_retention_becomes_longer_but_shorter_only_when_told(
    config: InfluxSection, environment: dict[str, str]
) -> None:
    apply(keeping(config, Retention(health=None)), environment=environment)
    wanted = keeping(config, Retention(readings=timedelta(days=365), health=timedelta(hours=2), events=None))
    differences = [
        Difference(
            f"{config.bucket_prefix}readings", Kind.KEEPS_LESS, timedelta(days=365), timedelta(days=14)
        ),
        Difference(f"{config.bucket_prefix}health", Kind.KEEPS_MORE, timedelta(hours=2), None),
        Difference(f"{config.bucket_prefix}events", Kind.KEEPS_LESS, None, timedelta(days=730)),
    ]
    assert apply(wanted, check=True, shrink=True, environment=environment) == differences
    done = apply(wanted, environment=environment)
    assert [found.mended for found in done] == [True, False, True]
    assert str(done[0]).endswith("readings: keeps 365 days now, not 14 days")
    assert str(done[1]).endswith(
        "health: keeps for ever, not 2:00:00; shortening deletes, and needs --shrink"
    )
    assert apply(wanted, environment=environment) == [differences[1]]
    shrunk = apply(wanted, shrink=True, environment=environment)
    assert [str(found) for found in shrunk] == [
        f"{config.bucket_prefix}health: keeps 2:00:00 now, not for ever"
    ]
    assert apply(wanted, environment=environment) == []


def test_more_buckets_than_one_page_of_the_server_are_seen(
    config: InfluxSection, environment: dict[str, str]
) -> None:
    for number in range(4):
        others = config.model_copy(update={"bucket_prefix": f"a{number}-", "retention": FOREVER})
        apply(others, environment=environment)
        assert apply(others, environment=environment) == []


def test_what_cannot_be_done_is_one_sentence(config: InfluxSection, environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="url is empty"):
        apply(InfluxSection())
    with pytest.raises(TokenMissing):
        apply(config, environment={})
    with pytest.raises(Unauthorized, match="401"):
        apply(config, environment={TOKEN_VARIABLE: "wrong"})
    with pytest.raises(Unavailable, match='organization name "nobody" not found'):
        apply(config.model_copy(update={"org": "nobody"}), environment=environment)
    with pytest.raises(Unavailable, match="refused"):
        apply(config.model_copy(update={"url": "http://127.0.0.1:9"}), environment=environment)
    with pytest.raises(Rejected, match="health is 0:30:00, and InfluxDB keeps an hour or more"):
        apply(keeping(config, Retention(health=timedelta(minutes=30))), environment=environment)
    assert len(apply(config, check=True, environment=environment)) == len(BUCKETS), "nothing was made"
