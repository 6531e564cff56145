"""Provisioning as Grafana itself takes it."""

import httpx

from grafana.build import dashboards
from tests.grafana.conftest import Lived
from tests.grafana.real.conftest import boards
from tests.grafana_server import Grafana


def test_provisioning_loads_without_an_error(grafana: Grafana, admin: httpx.Client) -> None:
    found = admin.get("/api/search", params={"type": "dash-db"})
    assert found.status_code == 200, found.text
    told = [line for line in grafana.logged("error", "eror", "crit") if "provisioning" in line["logger"]]
    assert told == []


def test_every_dashboard_is_there_under_its_uid(grafana: Grafana, lived: Lived) -> None:
    assert boards(grafana) == {board.uid: board.title for board in dashboards(lived.home)}


def test_the_source_answers(admin: httpx.Client) -> None:
    answer = admin.get("/api/datasources/uid/hutch-influxdb/health").json()
    assert answer["status"] == "OK", answer
