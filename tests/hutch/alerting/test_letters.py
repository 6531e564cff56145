"""What a worried person reads: what is still wrong first, how old a value is, and what nobody knows."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hutch.alerting import letters
from hutch.alerting.config import ContactSection, SmtpSection
from hutch.alerting.contacts import deliver
from hutch.alerting.stages import step
from hutch.alerting.watch import desk_of
from influx.alarms import Alarm, Alarms, Letter, Stage
from influx.alert_rules import Side, Thresholds
from influx.findings import Finding, Verdict, judged
from influx.measured import Measured
from influx.rules import RULES
from tests.hutch.alerting.home import config
from tests.hutch.alerting.test_contacts import a_web_server

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def alarm(subject: str, rule: str = "temperature", **more: object) -> Alarm:
    known = {
        "rule": rule,
        "kind": RULES[rule].kinds[0],
        "subject": subject,
        "severity": RULES[rule].severity,
        "unit": RULES[rule].alert.unit,
        "stage": Stage.FIRING,
        "side": Side.HIGH,
        "value": 30.0,
        "threshold": 23.9,
        "since": NOW - HOUR,
        "began": NOW - HOUR,
        "known": NOW,
    }
    return Alarm.model_validate(known | more)


def over(subject: str, rule: str = "temperature", **more: object) -> Alarm:
    told = {"me": NOW - HOUR}
    return alarm(subject, rule, stage=Stage.RESOLVED, resolved=NOW, value=20.0, told=told, **more)


def written(folder: Path, *alarms: Alarm, now: datetime = NOW, **more: object) -> list[Letter]:
    kept = Alarms(alarms={one.key: one for one in alarms})
    desk = desk_of(config(folder, 25, **more))
    letters.write(desk, kept, lambda *_: True, lambda _: None, now)
    return kept.letters


def test_what_is_still_wrong_is_the_subject_and_what_is_over_comes_behind(tmp_path: Path) -> None:
    (one,) = written(tmp_path, over("attic"), alarm("pi", "storage"))
    assert one.subject == "Machine pi: the disk is 30 % full (and 1 more)"
    assert (one.what, one.severity) == ("fires", "warning"), "what is over is no longer critical"
    assert one.fires == ("storage/node/pi",)


def test_what_waits_for_the_morning_keeps_no_reminder_back(tmp_path: Path) -> None:
    night = datetime(2031, 3, 1, 23, tzinfo=UTC)
    desk = desk_of(config(tmp_path, 25, quiet_from="22:00", quiet_to="07:00"))
    kept = Alarms(alarms={one.key: one for one in [alarm("pi", "storage", known=night)]})
    letters.write(desk, kept, lambda *_: True, lambda _: None, night)
    hot = alarm("hutch", told={"me": night - 5 * HOUR}, known=night)
    kept.alarms[hot.key] = hot
    letters.write(desk, kept, lambda *_: True, lambda _: None, night)
    assert [(one.what, one.not_before > night) for one in kept.letters] == [
        ("fires", True),
        ("reminder", False),
    ]


def test_a_value_that_is_old_is_not_told_as_if_it_were_of_now(tmp_path: Path) -> None:
    old = alarm("hutch", known=NOW - 5 * HOUR, since=NOW - 6 * HOUR, told={"me": NOW - 5 * HOUR})
    (one,) = written(tmp_path, old)
    assert one.subject == "Still: The hutch is too warm: 30.0 °C (last measured at 08:00)"
    assert "Nothing was measured since 08:00; this is the last value.\n" in one.text
    (fresh,) = written(tmp_path, alarm("hutch"))
    assert "Nothing was measured" not in fresh.text


def aged(folder: Path) -> Letter:
    before = alarm("hutch", known=NOW - 25 * HOUR, told={"me": NOW - 26 * HOUR})
    nothing = Finding("temperature", before.about, Verdict.UNKNOWN, before.severity, "°C")
    after = step({before.key: before}, [nothing], NOW, NOW - timedelta(days=3))
    (one,) = written(folder, *after.values())
    return one


def test_what_nobody_knows_any_more_is_no_good_news(tmp_path: Path) -> None:
    one = aged(tmp_path)
    assert one.subject == (
        "The hutch: nothing was heard of “Too cold or too warm” for a day; nobody knows how it is now"
    )
    assert (one.what, one.fires) == ("unknown", ("temperature/location/hutch",))
    assert "It lasted" not in one.text
    assert "Last known: 30.0 °C, Fri 28 Feb 12:00.\n" in one.text


def tags_of(letter: Letter) -> Mapping[str, object]:
    with a_web_server() as posts:
        deliver(ContactSection(name="me", kind="ntfy", to=f"{posts.url}/x"), SmtpSection(), letter)
    return posts.came[0][1]


def test_what_nobody_knows_has_no_check_mark(tmp_path: Path) -> None:
    assert tags_of(aged(tmp_path))["tags"] == ["warning"]
    (well,) = written(tmp_path, over("hutch"))
    assert tags_of(well)["tags"] == ["white_check_mark"]


def test_a_limit_that_was_moved_is_told_as_it_is(tmp_path: Path) -> None:
    hot = alarm("hutch", value=25.0, told={"me": NOW})
    for limits, says in ((Thresholds(10, 30), "Limit: 30.0 °C."), (Thresholds(10, 80), None)):
        after = [hot]
        for look in range(1, 5):
            moment = NOW + look * timedelta(seconds=20)
            inside = judged(RULES["temperature"], hot.about, Measured(25.0, moment), limits)
            after = list(step({after[0].key: after[0]}, [inside], moment, NOW).values())
        (one,) = written(tmp_path, *after)
        assert one.what == "over"
        assert says in one.text if says else "Limit" not in one.text


def test_a_gas_names_where_it_is_and_says_what_to_do(tmp_path: Path) -> None:
    (one,) = written(tmp_path, alarm("CO", "gas", value=1280.0, threshold=35.0, how="hutch"))
    assert one.subject == "CO in the air of The hutch: 1280 ppm"
    assert one.text.startswith(
        "CO in the air of The hutch: 1280 ppm\nLeave and air the room; this is no certified alarm.\n"
    )
    (well,) = written(tmp_path, over("CO", "gas", threshold=35.0, how="hutch"))
    assert "Leave" not in well.text
