"""Where the dashboards of a configuration lead, and what a login may do."""

from datetime import timedelta
from typing import Any

import pytest

from hutch.config import parse
from hutch.grafana.home import home_of, is_elsewhere
from hutch.grafana.rights import CLIPS, LOOKING, missing
from influx.registry import Kind, Thing

PROXY = {"public_url": "https://hutch.example.org", "trusted_proxies": ["127.0.0.1"]}


@pytest.mark.parametrize(
    ("api", "grafana", "origin"),
    [
        ({}, "", ""),
        (PROXY | {"grafana_url": "/grafana/"}, "http://grafana:3000/grafana", ""),
        (PROXY | {"grafana_url": "https://hutch.example.org/grafana/"}, "", ""),
        (PROXY | {"grafana_url": "https://grafana.example.org"}, "", "https://hutch.example.org"),
        (PROXY, "http://nas.local:3000", "https://hutch.example.org"),
        (PROXY, "https://hutch.example.org/grafana", ""),
        ({}, "http://127.0.0.1:3000", "http://127.0.0.1:8000"),
        ({"grafana_url": "/grafana/"}, "http://127.0.0.1:3000", ""),
    ],
)
def test_dashboards_lead_to_hutch_wherever_it_is(api: dict[str, Any], grafana: str, origin: str) -> None:
    config = parse({"api": api, "grafana": {"url": grafana}}, "here")
    assert home_of(config).origin == origin
    assert is_elsewhere(config) is bool(origin)


def test_alert_rules_know_where_cameras_are_and_how_long_sensors_may_be_quiet() -> None:
    config = parse(
        {
            "node": "pi",
            "locations": [{"name": "den"}],
            "collector": {
                "sensors": [{"kind": "host", "name": "host", "location": "den", "interval": "PT20M"}]
            },
            "vision": {"cameras": [{"kind": "url", "name": "door", "location": "den", "url": "rtsp://a/b"}]},
        },
        "here",
    )
    home = home_of(config)
    assert home.cameras == {"door": "den"}
    assert home.patience == {Thing(Kind.SENSOR, "host", "pi"): timedelta(hours=1)}


def test_an_editor_may_and_a_viewer_may_not() -> None:
    everything = [*LOOKING, *CLIPS]
    editor = {
        "datasources:query": ["datasources:*", "datasources:uid:grafana"],
        "annotations:read": ["annotations:*"],
        "annotations:create": ["annotations:type:dashboard", "annotations:type:organization"],
        "annotations:write": ["annotations:type:*"],
        "annotations:delete": ["*"],
    }
    assert missing(editor, everything) == []
    viewer = editor | {"annotations:create": ["annotations:type:dashboard"]}
    assert [right.words for right in missing(viewer, everything)] == ["put clips on the graph"]
    another = editor | {"datasources:query": ["datasources:uid:theirs"]}
    assert [right.words for right in missing(another, everything)] == ["ask the data source"]
    assert missing({}, everything) == everything
