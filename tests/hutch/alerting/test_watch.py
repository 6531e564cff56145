"""From readings to mails: a real store, a real mail server, and time that is told."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from api.access.ledger import ledger_of
from hutch.alerting.book import Book
from hutch.alerting.outbox import Outbox
from hutch.alerting.watch import Watch
from influx import alarms, alert_rules, alert_settings
from influx.alarms import Stage
from influx.alert_rules import Side, SubjectKind
from influx.alert_settings import Subject
from influx.config import InfluxSection
from influx.connect import connect
from influx.points import make
from influx.registry import Kind, Thing, announcement
from influx.rule import Severity
from influx.schema import NODE
from influx.store import Page, RowQuery, Store, Unavailable
from tests.daemon import HOST, until
from tests.hutch.alerting.home import LOOK, ME, NOW, Told, config
from tests.hutch.alerting.sink import mail_server
from tests.influx.conftest import FOREVER, connected
from vision.events import Event


@pytest.fixture(params=["embedded", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    with connected(request, tmp_path) as store:
        yield store


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Store]:
    """SQLite, where it does not matter which."""
    with closing(connect(InfluxSection(retention=FOREVER), tmp_path)) as store:
        yield store


@contextmanager
def sending(home: Told) -> Iterator[None]:
    """Letters go out meanwhile, soon again where they cannot."""
    stop = threading.Event()
    outbox = Outbox(home.book, home.config.alerts, stop, lambda: home.now, longest=0.2)
    outbox.start()
    try:
        yield
    finally:
        stop.set()
        outbox.join(10)


def test_a_room_that_is_too_warm_is_one_mail_and_one_when_it_is_over(store: Store, tmp_path: Path) -> None:
    with mail_server() as sink:
        home = Told(store, tmp_path, sink.port, unit="F")
        hutch = Subject(SubjectKind.LOCATION, "hutch")
        home.put(alert_settings.change(alert_rules.RULES["temperature_change"], hutch, {}, NOW, off=True))
        home.reads(23)
        home.looks()
        start = home.now
        home.put(
            Event(
                "cage",
                "hutch",
                1,
                "playing",
                start - 2 * LOOK,
                start - LOOK,
                "miso",
                0.9,
                {},
                clip_state="stored",
            ).point()
        )
        with sending(home):
            for _ in range(6):
                home.reads(27.4)
                home.looks()
            until("the mail came", lambda: len(sink.mails) == 1)
            home.now = start + timedelta(minutes=40)
            home.reads(22)
            home.looks(3)
            until("the second came", lambda: len(sink.mails) == 2)
    fires, over = sink.mails
    assert str(fires["Subject"]) == "The hutch is too warm: 81.3 °F"
    assert (str(fires["To"]), str(fires["From"])) == ("me@example.org", "Hutch <hutch@example.org>")
    assert sink.text(0) == (
        "The hutch is too warm: 81.3 °F\n"
        "Since 13:00 (20 s).\n"
        "Limit: 75.0 °F.\n"
        "See: https://hutch.example.org/?from=2031-03-01T10%3A00&to=2031-03-01T13%3A10\n"
        f"Newest clip: https://hutch.example.org/pages/events/cage-{start - 2 * LOOK:%Y%m%dT%H%M%S}000Z-1\n"
        "\n"
        "This is Hutch on pi. What you are told of is chosen at https://hutch.example.org/pages/alerts\n"
    )
    assert str(over["Subject"]) == "The hutch has a safe temperature again: 71.6 °F"
    assert "It lasted 40 min, from 13:00 to 13:40." in sink.text(1)
    assert home.stages == [Stage.RESOLVED]


def test_a_restart_sends_nothing_twice_and_forgets_nothing(lite: Store, tmp_path: Path) -> None:
    with mail_server() as sink:
        home = Told(lite, tmp_path, sink.port)
        with sending(home):
            home.reads(30)
            home.looks(3)
            until("the mail came", lambda: len(sink.mails) == 1)
        again = Told(lite, tmp_path, sink.port)
        again.now = home.now + timedelta(hours=1)
        with sending(again):
            again.reads(30)
            again.looks(3)
            again.reads(20)
            again.looks(2)
            until("it is over", lambda: len(sink.mails) == 2)
    assert [subject.partition(":")[0] for subject in sink.subjects] == [
        "The hutch is too warm",
        "The hutch has a safe temperature again",
    ]


def test_a_mail_server_that_is_away_is_told_once_and_what_waited_comes_as_one_mail(
    lite: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server() as sink:
        pass
    home = Told(lite, tmp_path, sink.port)
    with caplog.at_level("INFO", "hutch.alerting"), sending(home):
        home.reads(30)
        home.looks(2)
        until("it is known to be down", lambda: home.book.read().contacts["me"].down is not None)
        assert (
            f"the mail server {HOST}:{sink.port} cannot be reached" in home.book.read().contacts["me"].reason
        )
        home.reads(20)
        home.looks(2)
        with mail_server(sink):
            until("it is up again", lambda: home.book.read().contacts["me"].down is None)
    assert sink.subjects == ["The hutch has a safe temperature again: 20.0 °C (2 messages)"]
    assert "The hutch is too warm: 30.0 °C\n" in sink.text()
    logged = [record.getMessage() for record in caplog.records]
    assert [text.partition(":")[0] for text in logged] == [
        "me cannot be told and is tried again",
        "me can be told again",
    ]
    assert not home.book.read().waiting


def test_a_mail_server_that_refuses_is_no_reason_to_forget(lite: Store, tmp_path: Path) -> None:
    with mail_server() as sink:
        sink.answer = "451 come back later"
        home = Told(lite, tmp_path, sink.port)
        with sending(home):
            home.reads(30)
            home.looks(2)
            until("it was refused", lambda: home.book.read().contacts["me"].down is not None)
            assert home.book.read().contacts["me"].reason.endswith("answers 451 come back later")
            sink.answer = "250 kept"
            until("it came", lambda: len(sink.mails) == 1)


def test_several_at_once_are_one_mail(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    for place in ("hutch", "attic"):
        setting = alert_settings.change(
            alert_rules.TEMPERATURE, Subject(SubjectKind.LOCATION, place), {Side.HIGH: 20}, NOW
        )
        home.put(setting)
        home.reads(30, place)
    home.looks(2)
    (letter,) = home.book.read().letters
    assert letter.subject.endswith(" is too warm: 30.0 °C (and 1 more)")
    assert letter.text.count("is too warm: 30.0 °C") == 2


def test_what_lasts_is_told_again_and_not_before(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25, reminder_critical="PT1H")
    home.reads(30)
    home.looks(2)
    with home.book.changed() as kept:
        kept.letters = [letter.model_copy(update={"sent": home.now}) for letter in kept.letters]
    for _ in range(11):
        home.reads(30)
        home.looks(every=timedelta(minutes=5))
    assert len(home.subjects) == 1
    for _ in range(14):
        home.reads(31)
        home.looks(every=timedelta(minutes=5))
    assert home.subjects[1:] == ["Still: The hutch is too warm: 31.0 °C"], "what waits is not told twice"


def disk(home: Told, used: float) -> None:
    home.put(make(NODE, {"node": "pi"}, {"disk_used": used}, home.now))


def test_warnings_wait_for_the_morning_and_what_is_critical_does_not(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25, quiet_from="22:00", quiet_to="07:00")
    home.now = datetime(2031, 3, 1, 22, 30, tzinfo=UTC)  # 23:30 at home
    for _ in range(20):
        disk(home, 90)
        home.reads(30)
        home.looks()
    critical, warning = sorted(home.book.read().letters, key=lambda letter: letter.severity)
    assert critical.not_before <= critical.made
    assert warning.subject == "Machine pi: the disk is 90 % full"
    assert warning.not_before == datetime(2031, 3, 2, 6, tzinfo=UTC)
    assert home.book.due("me", home.now) == [critical]


def test_who_wants_no_mail_of_a_rule_gets_none_and_a_viewer_asks_first(lite: Store, tmp_path: Path) -> None:
    nanny = {"name": "nanny", "kind": "email", "to": "n@example.org", "user": "nanny"}
    calm = {"name": "calm", "kind": "email", "to": "c@example.org", "least": "critical"}
    home = Told(lite, tmp_path, 25, contacts=[ME, nanny, calm])
    with closing(ledger_of(tmp_path)) as ledger:
        ledger.add_user("nanny", "viewer", "hash", NOW)
    for _ in range(17):
        disk(home, 90)
        home.looks()
    assert [letter.contact for letter in home.book.read().letters] == ["me"]
    home.put(alert_settings.wish(alert_rules.RULES["storage"], "nanny", True, home.now))
    home.looks()
    assert [letter.contact for letter in home.book.read().letters] == ["me", "nanny"]
    home.put(alert_settings.wish(alert_rules.RULES["storage"], "local", False, home.now))
    disk(home, 50)
    home.looks(4)
    over = [letter.contact for letter in home.book.read().letters if letter.what == "over"]
    assert over == ["me", "nanny"], "who was told that it fires is told that it is over"
    disk(home, 90)
    home.looks(17)
    assert [letter.contact for letter in home.book.read().letters][4:] == ["nanny"]


def test_a_pet_that_nobody_saw_is_a_mail_with_a_link_to_its_events(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.put(announcement(Thing(Kind.PET, "miso", "pi"), NOW - timedelta(days=3)))
    seen = NOW - timedelta(hours=9)
    home.put(Event("cage", "hutch", 1, "playing", seen, seen, "miso", 0.9, {}).point())
    home.looks(3)
    (letter,) = home.book.read().letters
    assert letter.subject == "Miso: nothing was seen for 9 h"
    assert "Since 04:00 (9 h).\nWarns after 8 h.\n" in letter.text
    assert "See: https://hutch.example.org/pages/events?pet=miso\n" in letter.text
    home.put(Event("cage", "hutch", 2, "playing", home.now, home.now, "miso", 0.9, {}).point())
    home.looks(2)
    assert home.subjects[1:] == ["Miso: something was seen again"]


class Away:
    """A store that nobody reaches."""

    def __getattr__(self, name: str) -> Any:
        raise Unavailable("nobody answers")


class Breaking:
    """A store that answers while it is up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_up = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store if self.is_up else Away(), name)


def away(home: Told) -> Watch:
    """A process that looks for that home, whose store is away."""
    return Watch(Away(), home.config, home.book, lambda: home.now)


def looks_in_vain(home: Told, watch: Watch, count: int, every: timedelta) -> None:
    for _ in range(count):
        with pytest.raises(Unavailable):
            watch.look()
        home.now += every


def test_a_store_that_is_away_for_long_is_an_alarm_itself(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.reads(30)
    home.looks(2)
    first = away(home)
    looks_in_vain(home, first, 16, timedelta(minutes=1))
    assert home.subjects[1:] == []
    looks_in_vain(home, first, 1, timedelta(minutes=1))
    assert home.subjects[1:] == ["Hutch cannot see anything: the database does not answer for 16 min"]
    assert home.book.read().letters[-1].severity is Severity.CRITICAL
    looks_in_vain(home, away(home), 3, timedelta(minutes=5))
    assert home.subjects[2:] == [], "a restart begins nothing anew, and nothing is over"
    assert home.stages == [Stage.FIRING] * 2, "what fired before is not over"
    kept = home.book.read()
    assert kept.looked == home.now - timedelta(minutes=5), "somebody looks, and sees nothing"
    assert kept.looking_since is None
    home.looks(2)
    assert home.subjects[2:] == ["The database answers again"]


def test_a_store_that_is_away_for_days_ends_no_other_alarm(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.reads(30)
    home.looks(2)
    looks_in_vain(home, away(home), 27, timedelta(hours=1))
    assert home.stages == [Stage.FIRING] * 2
    home.dies()
    home.looks(2)
    stages = {alarm.rule: alarm.stage for alarm in home.book.read().alarms.values()}
    assert stages == {"temperature": Stage.FIRING, "store": Stage.RESOLVED}, "nobody knows of the room yet"


def test_who_does_not_want_to_hear_of_the_store_does_not(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    here = Subject(SubjectKind.HOME, alert_rules.HOME)
    home.put(alert_settings.change(alert_rules.STORE, here, {}, NOW, off=True))
    breaking = Breaking(lite)
    watch = Watch(breaking, home.config, home.book, lambda: home.now)
    watch.look()
    breaking.is_up = False
    looks_in_vain(home, watch, 20, timedelta(minutes=1))
    assert home.subjects == [], "what was set is known while the store is away"


def test_what_waited_while_hutch_was_off_is_not_called_silent(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.put(announcement(Thing(Kind.SENSOR, "hat", "pi"), NOW - timedelta(days=3)))
    home.reads(20)
    home.looks(3)
    home.now += timedelta(minutes=20)
    home.watch.look()
    home.now += timedelta(minutes=2)
    home.watch.look()
    assert home.subjects == [], "it speaks every 5 min, and nobody listened"
    for _ in range(8):
        home.now += timedelta(minutes=2)
        home.watch.look()
    assert home.subjects == ["Sensor hat is silent for 38 min"]


class Counting:
    """A store that notes which measurements it is asked for rows of."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.asked: list[str] = []

    def rows(self, query: RowQuery) -> Page:
        self.asked.append(query.measurement)
        return self._store.rows(query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_clip_is_asked_for_when_a_letter_is_due_and_not_at_each_look(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.reads(30)
    home.looks(2)
    asked = Counting(lite)
    home.watch = Watch(asked, home.config, home.book, lambda: home.now)
    home.looks(5)
    evaluated = len(asked.asked)
    home.reads(20)
    home.looks(5)
    assert len(asked.asked) == 2 * evaluated + 1, "once, for the letter that says that it is over"


def test_where_grafana_takes_over_nothing_old_is_shown(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.reads(30)
    home.looks(2)
    assert Book(tmp_path, config(tmp_path, 25, by="grafana").alerts).read().firing == []
    assert (alarms.read(tmp_path).by, alarms.read(tmp_path).letters) == ("grafana", [])


def test_a_contact_point_that_is_gone_is_forgotten(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.reads(30)
    home.looks(2)
    other = Told(
        lite, tmp_path, 25, contacts=[{"name": "hook", "kind": "webhook", "to": "http://127.0.0.1:9/"}]
    )
    other.now = home.now
    other.looks()
    kept = other.book.read()
    assert (set(kept.contacts), [letter.contact for letter in kept.letters]) == ({"hook"}, ["hook"])
    assert [set(alarm.told) for alarm in kept.alarms.values()] == [{"hook"}]


def test_an_alarm_of_a_rule_that_there_is_no_longer_is_left_out(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.reads(30)
    home.looks(2)
    path = tmp_path / alarms.FILE
    path.write_text(path.read_text().replace('"rule": "temperature"', '"rule": "moonlight"'))
    assert alarms.read(tmp_path).alarms == {}


def test_a_torn_file_is_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / alarms.FILE).write_text('{"alarms": {"temp')
    assert Book(tmp_path, config(tmp_path, 25).alerts).read().alarms == {}
    assert "what fires is begun anew" in caplog.text


def test_a_disk_that_takes_nothing_is_logged_once_and_mails_go_out(
    lite: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with mail_server() as sink:
        home = Told(lite, tmp_path, sink.port)
        (tmp_path / f".{alarms.FILE}.new").mkdir()
        with sending(home):
            home.reads(30)
            home.looks(3)
            until("the mail came", lambda: len(sink.mails) == 1)
        (tmp_path / f".{alarms.FILE}.new").rmdir()
        home.looks()
        home.reads(20)
        home.looks()
    assert alarms.read(tmp_path).alarms
    assert caplog.text.count("cannot be written down") == 1


def test_nothing_is_kept_of_looks_that_find_nothing(lite: Store, tmp_path: Path) -> None:
    home = Told(lite, tmp_path, 25)
    home.looks()
    before = (tmp_path / alarms.FILE).read_bytes()
    home.looks(10)
    assert (tmp_path / alarms.FILE).read_bytes() == before
    home.looks(10)
    assert (tmp_path / alarms.FILE).read_bytes() != before, "that somebody looks is known to a few minutes"
    assert home.subjects == []


def test_a_ledger_that_is_damaged_keeps_no_alarm_back(
    lite: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    nanny = {"name": "nanny", "kind": "email", "to": "n@example.org", "user": "nanny"}
    home = Told(lite, tmp_path, 25, contacts=[ME, nanny])
    with closing(ledger_of(tmp_path)) as ledger:
        ledger.add_user("nanny", "viewer", "hash", NOW)
        kept = ledger.path
    home.looks()
    kept.write_bytes(b"torn" * 4096)
    for _ in range(3):
        home.reads(30)
        home.looks()
    assert [letter.contact for letter in home.book.read().letters] == ["me"], "who is known stays known"
    assert caplog.text.count("who may only look cannot be read") == 1
    again = Told(lite, tmp_path, 25, contacts=[ME, nanny])
    again.now = home.now
    again.looks()
    assert [letter.contact for letter in again.book.read().letters] == ["me", "nanny"], (
        "too many are told rather than none"
    )


class Torn:
    """A store of which one measurement cannot be read, for a reason that nobody thought of."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def latest(self, measurement: str, *more: Any) -> Any:
        if measurement == "camera":
            raise KeyError("moon")
        return self._store.latest(measurement, *more)


def test_a_rule_that_breaks_keeps_no_other_back(
    lite: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = Told(lite, tmp_path, 25)
    home.watch = Watch(cast(Store, Torn(lite)), home.config, home.book, lambda: home.now)
    for _ in range(3):
        home.reads(30)
        home.looks()
    assert home.subjects == ["The hutch is too warm: 30.0 °C"]
    assert "KeyError: 'moon'" in caplog.text
    assert caplog.text.count("the rule dark cannot be asked for the kind camera") == 1
    assert home.book.read().broken == ("dark", "frozen")
    home.watch = Watch(lite, home.config, home.book, lambda: home.now)
    home.looks()
    assert home.book.read().broken == ()
