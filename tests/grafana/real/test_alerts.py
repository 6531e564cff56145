"""Grafana warns: a reading that is too warm is a mail, one that is well again another, each soon enough."""

import html
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from grafana.alerting.policy import QUIET
from grafana.home import Contact, Home, Notices
from influx.config import Location
from influx.points import line, make
from influx.schema import ENVIRONMENT
from influx.server import ServerStore
from tests.daemon import until, wait_until
from tests.grafana.real.adapted import Version, provisioned
from tests.grafana_server import Grafana, Source, grafana_server
from tests.hutch.alerting.sink import Sink, mail_server
from tests.influx.conftest import section
from tests.servers import Influx

PROMISED = 90.0
LABEL = 'Der Wohn$raum {{x}} & "q"'
OWNER = Contact("owner", "email", "owner@example.org")
QUICK = 5.0
"""Seconds between two readings of the sensor."""


@dataclass(frozen=True)
class Warned:
    """A home whose Grafana warns, and what writes its readings."""

    grafana: Grafana
    home: Home
    folder: Path
    sink: Sink
    read: Callable[[float], None]

    def mail_after(self, temperature: float) -> tuple[str, str, float]:
        """Subject and text of the mail that comes once it is so warm, and after how many seconds."""
        before, start = len(self.sink.mails), monotonic()
        written = 0.0

        def came() -> bool:
            nonlocal written
            if monotonic() - written > QUICK:
                written = monotonic()
                self.read(temperature)
            return len(self.sink.mails) > before

        assert wait_until(came, PROMISED), f"no mail of {temperature} °C; {self.sink.subjects}"
        took = monotonic() - start
        return self.sink.subjects[before], as_text(self.sink.text(before)), took


def as_text(body: str) -> str:
    """What a person reads of a mail in HTML."""
    seen = re.sub(r"(?s)<head.*?</head>", "", body)
    seen = re.sub(r"<[^>]+>", " ", re.sub(r"<br ?/?>", "\n", seen))
    return re.sub(r"\s*\n\s*", "\n", html.unescape(seen))


@pytest.fixture(scope="module")
def warned(
    grafana_version: Version, influx_server: Influx, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warned]:
    config = section(influx_server)
    place = Location(name="loft", label=LABEL, temperature_low=15.5, temperature_high=24)
    home = Home(
        ZoneInfo("Europe/Zurich"),
        config.bucket_prefix,
        locations=(place,),
        alerts_by="grafana",
        # What is critical is told at any hour.
        notices=Notices((OWNER,), quiet=(time(0), time(23, 59))),
    )
    folder = provisioned(home, tmp_path_factory.mktemp("provisioning"), grafana_version)
    source = Source(influx_server.url, influx_server.org, influx_server.token)
    store = ServerStore(source.url, source.org, source.token, prefix=home.prefix)

    def read(temperature: float, moment: datetime | None = None) -> None:
        tags = {"node": "pi", "location": "loft", "sensor": "hat"}
        point = make(ENVIRONMENT, tags, {"temperature": temperature}, moment or datetime.now(UTC))
        store.write(ENVIRONMENT.name, [line(point)])

    with closing(store), mail_server() as sink:
        for minutes in range(30, 0, -1):
            read(21.0, datetime.now(UTC) - timedelta(minutes=minutes))
        smtp: dict[str, Any] = {
            "GF_SMTP_ENABLED": "true",
            "GF_SMTP_HOST": f"127.0.0.1:{sink.port}",
            "GF_SMTP_FROM_ADDRESS": "hutch@example.org",
            "GF_SMTP_FROM_NAME": "Hutch",
            "GF_SMTP_STARTTLS_POLICY": "NoStartTLS",
            # Contact points count from its next look at them on; it looks every minute otherwise.
            "GF_UNIFIED_ALERTING_ALERTMANAGER_CONFIG_POLL_INTERVAL": "2s",
        }
        with grafana_server(tmp_path_factory.mktemp("grafana"), folder, source, **smtp) as server:
            until("it tells whom it was told to", lambda: "Hutch: critical" in running(server), 60)
            yield Warned(server, home, folder, sink, read)


def running(server: Grafana) -> str:
    """By what Grafana's Alertmanager goes."""
    with server.client() as client:
        return client.get("/api/alertmanager/grafana/api/v2/status").text


def test_too_warm_is_a_mail_and_well_again_another(warned: Warned) -> None:
    subject, text, took = warned.mail_after(27.4)
    print(f"too warm: {took:.1f} s")
    assert subject == f"{LABEL} is too warm: 27.4 °C (81.3 °F)"
    assert "Limit: 24.0 °C (75.2 °F)." in text
    assert re.search(r"Since \d\d:\d\d on \w{3} \d+ \w{3}\.", text)
    dashboard = (
        r"https://hutch\.example\.org/grafana/d/hutch-climate\?orgId=1&var-location=loft&from=\d{13}&to=now"
    )
    assert re.search(dashboard, text)
    assert "https://hutch.example.org/pages/events" in text

    subject, text, took = warned.mail_after(21.0)
    print(f"well again: {took:.1f} s")
    assert subject == f"{LABEL} has a safe temperature again: 21.0 °C (69.8 °F)"
    assert re.search(r"It lasted from \d\d:\d\d on \w{3} \d+ \w{3} to \d\d:\d\d on", text)
    assert len(warned.sink.mails) == 2, warned.sink.subjects


def test_the_quiet_hours_are_those_of_the_home(warned: Warned) -> None:
    with warned.grafana.client() as client:
        [muted] = client.get("/api/v1/provisioning/mute-timings").json()
    assert muted["name"] == QUIET
    assert muted["time_intervals"] == [
        {"times": [{"start_time": "00:00", "end_time": "23:59"}], "location": "Europe/Zurich"}
    ]


def test_every_rule_is_answered(warned: Warned) -> None:
    with warned.grafana.client() as client:
        groups = client.get("/api/prometheus/grafana/api/v1/rules").json()["data"]["groups"]
    wrong = {
        rule["name"]: rule.get("lastError", "")
        for group in groups
        for rule in group["rules"]
        if rule["health"] == "error"
    }
    assert wrong == {}
    told = [one for one in warned.grafana.logged("error", "eror", "crit") if "ngalert" in one["logger"]]
    assert told == []


def test_where_hutch_warns_again_nothing_of_ours_is_left_however_often_grafana_starts(
    warned: Warned, grafana_version: Version
) -> None:
    by_hutch = Home(warned.home.zone, warned.home.prefix, locations=warned.home.locations)
    provisioned(by_hutch, warned.folder, grafana_version)
    for _ in range(2):
        warned.grafana.stop()
        warned.grafana.start()
        with warned.grafana.client() as client:
            points = client.get("/api/v1/provisioning/contact-points").json()
            assert [point for point in points if point["uid"].startswith("hutch-")] == []
            assert client.get("/api/prometheus/grafana/api/v1/rules").json()["data"]["groups"] == []
    told = [
        line for line in warned.grafana.logged("error", "eror", "crit") if "provisioning" in line["logger"]
    ]
    assert told == []
