"""What fires, who was told, and how the contact points are: on the Alerts, Overview and Health pages."""

import re
from datetime import timedelta
from html import unescape

import httpx
import pytest

from influx import alarms
from influx.alarms import Alarm, Alarms, ContactState, Letter, Stage
from influx.alert_rules import Side, SubjectKind
from influx.rule import Severity
from influx.rules import RULES
from tests.api.home import NOW, Home

F = {"Cookie": "unit=F"}


def text(client: httpx.Client, path: str, unit: str = "C") -> str:
    answer = client.get(path, headers={"Cookie": f"unit={unit}"})
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.text)))


def alarm(
    rule: str, subject: str, kind: SubjectKind, value: float, threshold: float, **more: object
) -> Alarm:
    began = NOW - timedelta(minutes=40)
    known = {
        "severity": RULES[rule].severity,
        "unit": RULES[rule].alert.unit,
        "stage": Stage.FIRING,
        "since": began,
        "began": began,
        "known": NOW,
        "side": Side.HIGH,
        **more,
    }
    return Alarm(rule=rule, kind=kind, subject=subject, value=value, threshold=threshold, **known)


def letter(number: int, sent: bool, subject: str, later: timedelta = timedelta(0)) -> Letter:
    made = NOW - timedelta(minutes=30 - number)
    return Letter(
        id=f"{number}", contact="ada", made=made, not_before=made + later, what="fires",
        severity=Severity.CRITICAL, subject=subject, text="x", sent=made if sent else None,
    )  # fmt: skip


def keep(home: Home, **known: object) -> None:
    hot = alarm(
        "temperature", "hutch", SubjectKind.LOCATION, 27.4, 23.9, told={"ada": NOW - timedelta(minutes=30)}
    )
    quiet = alarm("silence", "hat", SubjectKind.SENSOR, 40, 1)
    over = alarm("gas", "CO", SubjectKind.GAS, 5, 35, stage=Stage.RESOLVED, resolved=NOW)
    contact = ContactState(kind="email", address="ada@example.org")
    given = {
        "looked": NOW,
        "alarms": {one.key: one for one in (hot, quiet, over)},
        "contacts": {"ada": contact},
    }
    alarms.write(home.context.data_dir, Alarms(**(given | known)))


def test_what_fires_is_shown_with_its_value_in_the_readers_unit_and_who_knows(
    home: Home, client: httpx.Client
) -> None:
    assert "Nobody has looked yet" in text(client, "/pages/alerts")
    keep(home, letters=[letter(1, True, "The hutch is too warm")])
    shown = text(client, "/pages/alerts", "F")
    assert (
        "The hutch is too warm: 81.3 °F Since 15:20, 40 min. Limit: 75.0 °F. Message to ada at 15:30."
        in shown
    )
    assert "Sensor hat is silent for 40 min" in shown
    assert "CO in the air" not in shown, "what is over does not fire"
    assert "ada mail ada@example.org" in shown
    assert "The hutch is too warm 15:31 to ada" in shown
    assert client.get("/alerts/config").json()["sends_mail"] is True


def test_what_waits_says_why(home: Home, client: httpx.Client) -> None:
    down = ContactState(
        kind="email",
        address="ada@example.org",
        down=NOW - timedelta(hours=2),
        reason="the mail server is away",
    )
    waiting = [letter(1, False, "First"), letter(2, False, "Second", timedelta(hours=6))]
    keep(home, letters=waiting, contacts={"ada": down})
    shown = text(client, "/pages/alerts")
    assert "ada@example.org. Cannot be told since 14:00: the mail server is away." in shown
    assert "Second 15:32 to ada, waits until 21:32" in shown
    assert "First 15:31 to ada, waits: not delivered yet" in shown


def test_the_overview_says_what_fires_and_silence_has_a_line_of_its_own(
    home: Home, client: httpx.Client
) -> None:
    assert text(client, "/pages/parts/firing").strip() == ""
    keep(home)
    shown = text(client, "/pages/parts/firing")
    assert "The hutch is too warm: 27.4 °C (since 15:20)" in shown
    assert "silent" not in shown
    assert 'data-part="/pages/parts/firing"' in client.get("/").text


def test_health_says_when_nobody_looks_and_when_nobody_can_be_told(home: Home, client: httpx.Client) -> None:
    assert "Alarms" not in text(client, "/pages/parts/health")
    keep(home)
    assert "Alarms 2 now, 1 told." in text(client, "/pages/parts/health")
    down = ContactState(kind="email", address="", down=NOW, reason="the mail server is away")
    keep(home, contacts={"ada": down})
    assert "Telling ada Cannot be told since 16:00: the mail server is away." in text(
        client, "/pages/parts/health"
    )
    keep(home, looked=NOW - timedelta(minutes=16))
    shown = text(client, "/pages/parts/health")
    assert "Nobody looks since 15:44." in shown
    assert "Not all is well" in shown


def test_where_grafana_looks_the_page_says_so(home: Home, client: httpx.Client) -> None:
    keep(home, by="grafana")
    assert "Grafana looks for what is wrong" in text(client, "/pages/alerts")


def test_when_nobody_looks_neither_page_calls_it_well(home: Home, client: httpx.Client) -> None:
    keep(home, looked=NOW - timedelta(minutes=16), alarms={})
    assert "Nobody looks since 15:44" in text(client, "/pages/parts/firing")
    shown = text(client, "/pages/alerts")
    assert "Nobody looks since 15:44" in shown
    assert "Nothing is wrong" not in shown
    keep(home, looked=NOW - timedelta(minutes=14), alarms={})
    assert "Nothing is wrong." in text(client, "/pages/alerts")
    assert text(client, "/pages/parts/firing").strip() == ""


def test_why_nobody_looks_is_told_before_anybody_ever_did(home: Home, client: httpx.Client) -> None:
    keep(home, looked=None, alarms={}, trouble="nobody knows what time it is")
    assert "Nobody looks: nobody knows what time it is." in text(client, "/pages/parts/health")
    assert "Nobody looks: nobody knows what time it is" in text(client, "/pages/parts/firing")
    assert "Nothing is wrong" not in text(client, "/pages/alerts")


def test_a_rule_that_breaks_is_told(home: Home, client: httpx.Client) -> None:
    keep(home, alarms={}, broken=("temperature", "no longer a rule"))
    sentence = "Nobody looks for “Too cold or too warm”: a mistake of Hutch, which is in the log of hutch run"
    assert sentence in text(client, "/pages/parts/firing")
    assert sentence in text(client, "/pages/alerts")
    assert sentence in text(client, "/pages/parts/health")


def test_a_file_that_cannot_be_read_is_told_and_not_logged_at_each_look(
    home: Home, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    (home.context.data_dir / alarms.FILE).write_text('{"alarms": {"temp')
    for _ in range(3):
        assert "alerts.json cannot be read" in text(client, "/pages/parts/firing")
    assert "begun anew" not in caplog.text, "who only reads begins nothing"


def test_a_message_that_was_refused_is_shown_as_such(home: Home, client: httpx.Client) -> None:
    keep(home, letters=[letter(1, False, "First").model_copy(update={"refused": NOW})])
    assert "First 15:31 to ada, was refused and is not sent any more" in text(client, "/pages/alerts")


def test_a_value_that_is_old_says_so_and_a_gas_what_to_do(home: Home, client: httpx.Client) -> None:
    old = alarm(
        "temperature", "hutch", SubjectKind.LOCATION, 30, 23.9, known=NOW - timedelta(hours=5),
        since=NOW - timedelta(hours=6),
    )  # fmt: skip
    gas = alarm("gas", "CO", SubjectKind.GAS, 1280, 35, how="hutch")
    keep(home, alarms={one.key: one for one in (old, gas)})
    shown = text(client, "/pages/alerts")
    assert "Since 10:00, 6 h, last measured at 11:00." in shown
    assert "of The hutch: 1280 ppm Since 15:20, 40 min. Limit: 35 ppm. Leave and air the room;" in shown
    assert "The hutch is too warm: 30.0 °C (since 10:00, last measured at 11:00)" in text(
        client, "/pages/parts/firing"
    )
