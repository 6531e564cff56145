"""Whose alert rules are at a Grafana: all of Hutch's where Grafana warns, none where Hutch does."""

from collections.abc import Iterator
from typing import Any

import pytest

from grafana.alerting import rules
from hutch.config import Config, parse
from hutch.grafana.client import connect
from hutch.grafana.finding import Finding
from hutch.grafana.home import home_of
from hutch.grafana.server import Server
from hutch.grafana.warning import warning
from tests.hutch.grafana.stand_in import StandIn, stand_in


@pytest.fixture
def held() -> Iterator[StandIn]:
    with stand_in() as made:
        yield made


def configured(by: str) -> Config:
    return parse({"alerts": {"by": by}}, "here")


def found(held: StandIn, by: str) -> list[Finding]:
    section = parse({"grafana": {"url": held.url}}, "here").grafana
    server = Server(section, connect(section, {"HUTCH_GRAFANA_TOKEN": held.token("Editor")}))
    return list(warning(home_of(configured(by)), server))


def provision(held: StandIn, *without: str) -> list[dict[str, Any]]:
    """The rules of ours as Grafana tells of them, but those, beside one of somebody else."""
    groups = [
        {
            "name": group["name"],
            "rules": [
                {"grafana_alert": {"uid": rule["uid"], "title": rule["title"]}}
                for rule in group["rules"]
                if rule["uid"] not in without
            ],
        }
        for group in rules.groups(home_of(configured("grafana")))
    ]
    theirs = {"name": "theirs", "rules": [{"grafana_alert": {"uid": "hutch-theirs", "title": "Theirs"}}]}
    held.rules = {rules.FOLDER: groups, "Attic": [theirs]}
    return [rule for group in groups for rule in group["rules"]]


def test_none_is_there_where_hutch_warns(held: StandIn) -> None:
    assert [finding.ok for finding in found(held, "hutch")] == [True]
    count = len(provision(held))
    [twice] = found(held, "hutch")
    assert twice.ok is False
    assert twice.said == f"{count} of Hutch are there, which warns itself ([alerts] by)"


def test_all_are_there_where_grafana_warns(held: StandIn) -> None:
    count = len(provision(held))
    [finding] = found(held, "grafana")
    assert (finding.ok, finding.said) == (True, f"all {count} are there, and none has an error")


def test_those_that_are_missing_or_cannot_be_asked_are_named(held: StandIn) -> None:
    first, second, *_ = provision(held)
    gone, broken = first["grafana_alert"], second["grafana_alert"]
    second, *_ = provision(held, gone["uid"])
    second["evaluated"] = {"health": "error", "lastError": "failed to execute query A"}
    held.rules["Attic"][0]["rules"][0]["evaluated"] = {"health": "error", "lastError": "none of ours"}
    told = [(finding.what, finding.ok, finding.said) for finding in found(held, "grafana")]
    assert told == [
        ("alert rules", False, f"missing: {gone['title']}"),
        (f"alert rule {broken['title']}", False, "failed to execute query A"),
    ]
