"""What ``hutch grafana check`` finds at a Grafana, a stand-in and a real one."""

from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hutch.config import Config, parse
from hutch.grafana.annotations import Site
from hutch.grafana.apply import apply
from hutch.grafana.check import findings
from hutch.grafana.client import connect
from hutch.grafana.finding import Finding
from hutch.grafana.graphs import Graphs
from hutch.grafana.home import home_of
from hutch.grafana.reconcile import Reconciler
from hutch.grafana.server import Server
from influx.apply import apply as bring_in_order
from influx.connect import TOKEN_VARIABLE
from influx.points import Point, line, to_ns
from influx.schema import ENVIRONMENT
from influx.server import ServerStore
from influx.store import Store
from tests.hutch.grafana.conftest import At
from tests.hutch.grafana.stand_in import StandIn, stand_in
from tests.servers import Influx, influxd

Token = Callable[..., str]
THINGS = ["Grafana", "login", "data source", "InfluxDB", "points"]
BOARDS = ["Home", "Climate", "Pets", "Clips", "Nursery", "Gas", "Cameras and devices"]


@pytest.fixture
def store(config: Config, influx_server: Influx) -> Iterator[Store]:
    """Where Hutch writes."""
    prefix = config.influx.bucket_prefix
    with closing(
        ServerStore(influx_server.url, influx_server.org, influx_server.token, prefix=prefix)
    ) as own:
        yield own


def found(
    at: At, config: Config, role: str = "Editor", store: Store | None = None, server: Server | None = None
) -> dict[str, Finding]:
    """Everything that was looked at, by what it is; each thing is told once."""
    server = server or at.server(role)
    reconciler = None
    if store is not None:
        site = Site(config.pages_url, {})
        reconciler = Reconciler(store, Graphs(server.config, server.api), site, nullcontext)
    told = list(findings(config, home_of(config), server, store, reconciler, datetime.now(UTC)))
    assert len({finding.what for finding in told}) == len(told)
    return {finding.what: finding for finding in told}


def put(at: At, config: Config, token: str) -> None:
    apply(config, home_of(config), at.server("Admin"), token=token, influx_url=config.influx.url)


def reading_at(moment: datetime) -> Point:
    tags = {"node": "pi", "location": "den", "sensor": "one"}
    return Point(ENVIRONMENT.name, tags, {"temperature": 21.5}, to_ns(moment))


def wrong(told: dict[str, Finding]) -> list[str]:
    return [what for what, finding in told.items() if finding.ok is False]


def test_all_is_well_after_apply(at: At, config: Config, reading: Token, store: Store) -> None:
    put(at, config, reading())
    store.write(ENVIRONMENT.name, [line(reading_at(datetime.now(UTC)))])
    told = found(at, config, store=store)
    assert list(told) == [*THINGS, *(f"dashboard {title}" for title in BOARDS), "alert rules", "clips"]
    assert [what for what, finding in told.items() if not finding.ok] == []
    assert "in the organisation Main Org." in told["login"].said
    assert told["clips"].said == "all 0 of the last day are on the graph"


def test_what_is_missing_is_told_with_what_to_do(at: At, config: Config) -> None:
    told = found(at, config)
    assert wrong(told) == ["data source", *(f"dashboard {title}" for title in BOARDS)]
    for what in wrong(told):
        assert "there is none with the uid hutch-" in told[what].said
        assert told[what].remedy == "`hutch grafana apply` puts it there"


def test_a_viewer_may_not_put_clips_on_the_graph(at: At, config: Config) -> None:
    login = found(at, config, role="Viewer")["login"]
    assert login.ok is False
    assert "may not put clips on the graph, change clips there, take them off again" in login.said
    assert "role Editor" in login.remedy


def test_a_login_that_is_not_taken_is_asked_no_further(at: At, config: Config) -> None:
    server = Server(config.grafana, connect(config.grafana, {"HUTCH_GRAFANA_TOKEN": "nobodys"}))
    told = found(at, config, server=server)
    assert list(told) == ["Grafana", "login"]
    assert told["login"].ok is False
    assert "put the token of a service account that is valid into HUTCH_GRAFANA_TOKEN" in told["login"].said
    assert "nobodys" not in str(told)


def test_a_grafana_that_is_away_is_one_line(at: At, config: Config) -> None:
    away = parse({"grafana": {"url": "http://127.0.0.1:1"}}, "here").grafana
    told = found(at, config, server=Server(away, connect(away, {"HUTCH_GRAFANA_TOKEN": "any"})))
    assert list(told) == ["Grafana"]
    assert "cannot be reached" in told["Grafana"].said


def test_a_source_of_another_organisation_is_told_and_reads_nothing(
    at: At, config: Config, reading: Token
) -> None:
    put(at, config, reading())
    settings = at.source()["jsonData"] | {"organization": "neighbours"}
    at.change_source(jsonData=settings)
    told = found(at, config)
    assert wrong(told) == ["data source", "InfluxDB"]
    assert told["data source"].said.startswith("organization is 'neighbours', not 'hutch'")
    assert "not found" in told["InfluxDB"].said


def test_a_token_that_is_no_longer_valid_is_told(at: At, config: Config) -> None:
    put(at, config, "revoked")
    told = found(at, config)
    assert wrong(told) == ["InfluxDB"]
    assert "unauthorized" in told["InfluxDB"].said
    assert "token" in told["InfluxDB"].remedy


def test_buckets_that_the_token_cannot_read_are_named(at: At, config: Config, reading: Token) -> None:
    prefix = config.influx.bucket_prefix
    put(at, config, reading(f"{prefix}readings", f"{prefix}events"))
    told = found(at, config)
    assert wrong(told) == ["InfluxDB"]
    assert told["InfluxDB"].said.startswith(f"Grafana cannot read {prefix}health, {prefix}activity, ")
    assert "could not find bucket" in told["InfluxDB"].said


def test_another_influxdb_than_hutchs_is_noticed(
    at: At, config: Config, reading: Token, store: Store, tmp_path: Path
) -> None:
    """It has the same buckets, and nothing of what Hutch writes."""
    store.write(ENVIRONMENT.name, [line(reading_at(datetime.now(UTC) - timedelta(minutes=5)))])
    (tmp_path / "influxd").mkdir()
    with influxd(tmp_path / "influxd") as theirs:
        influx = config.influx.model_copy(update={"url": theirs.url})
        bring_in_order(influx, environment={TOKEN_VARIABLE: theirs.token})
        put(at, config.model_copy(update={"influx": influx}), theirs.token)
        points = found(at, config, store=store)["points"]
    assert points.ok is False
    assert "it shows no temperature of the last day; Hutch has one of " in points.said


def test_a_home_where_nothing_was_read_for_a_day_is_told(
    at: At, config: Config, reading: Token, store: Store
) -> None:
    put(at, config, reading())
    points = found(at, config, store=store)["points"]
    assert points.ok is None
    assert "no temperature was written in the last day" in points.said


def test_a_dashboard_that_differs_says_where(at: At, config: Config, reading: Token) -> None:
    put(at, config, reading())
    changed = at.board("pets")["dashboard"]
    del changed["panels"][2]
    at.save(changed)
    told = found(at, config, role="Admin")
    assert wrong(told) == ["dashboard Pets"]
    assert "first in panels.2." in told["dashboard Pets"].said
    assert "hutch grafana apply" in told["dashboard Pets"].remedy


@pytest.fixture
def own() -> Iterator[StandIn]:
    """A stand-in of its own, for what a real Grafana is not asked to be."""
    with stand_in() as held:
        yield held


@pytest.mark.parametrize(
    ("version", "ok", "words"),
    [
        ("13.2.1", True, "is version 13.2.1"),
        ("14.0.0", True, "is version 14.0.0; the dashboards are made for 13"),
        ("9.4.0-pre", True, "made for 13"),
        ("8.5.27", False, "is version 8.5.27"),
        ("", None, "does not say its version"),
    ],
)
def test_a_version_that_was_not_tried_is_told(
    own: StandIn, version: str, ok: bool | None, words: str
) -> None:
    own.version = version
    config = parse({"grafana": {"url": own.url}}, "here")
    server = Server(config.grafana, connect(config.grafana, {"HUTCH_GRAFANA_TOKEN": own.token("Editor")}))
    told = next(findings(config, home_of(config), server, None, None, datetime.now(UTC)))
    assert (told.what, told.ok) == ("Grafana", ok)
    assert words in told.said
