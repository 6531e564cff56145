"""What waits goes out whatever one letter, one answer or one server does; on a real mail server."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_string
from pathlib import Path
from typing import Any

import pytest

from hutch.alerting.book import Book
from hutch.alerting.config import ContactSection, SmtpSection
from hutch.alerting.contacts import PASSWORD_VARIABLE, Refused, Undelivered, deliver
from hutch.alerting.outbox import Outbox
from hutch.config import Config
from influx import alarms
from influx.alarms import Letter
from influx.rule import Severity
from tests.daemon import HOST, until
from tests.hutch.alerting.home import config
from tests.hutch.alerting.sink import Sink, mail_server

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
ME = ContactSection(name="me", kind="email", to="me@example.org")


def letter(name: str, **more: Any) -> Letter:
    known = {
        "id": name,
        "contact": "me",
        "made": NOW,
        "not_before": NOW,
        "what": "fires",
        "severity": Severity.CRITICAL,
        "subject": f"{name} is too warm",
        "text": f"{name} is too warm: 30.0 °C\n",
        "alarms": (f"temperature/location/{name}",),
        "fires": (f"temperature/location/{name}",),
    }
    return Letter.model_validate(known | more)


def put(book: Book, *letters: Letter) -> None:
    with book.changed() as kept:
        kept.letters = [*kept.letters, *letters]


@contextmanager
def sending(book: Book, home: Config, *, shortest: float = 0.0, longest: float = 0.05) -> Iterator[None]:
    stop = threading.Event()
    sender = Outbox(book, home.alerts, stop, lambda: NOW, shortest=shortest, longest=longest)
    sender.start()
    try:
        yield
    finally:
        stop.set()
        sender.join(10)


def smtp(port: int, **more: Any) -> SmtpSection:
    return SmtpSection(host=HOST, port=port, security="none", sender="hutch@example.org", **more)


@pytest.mark.parametrize("name", ["attic\N{LINE SEPARATOR}x", "attic\rx", "attic\x85\nx"])
def test_a_name_of_several_lines_is_one_subject(name: str) -> None:
    with mail_server() as sink:
        deliver(ME, smtp(sink.port), letter(name, id="1"))
    assert sink.subjects == ["attic x is too warm"]


def test_what_cannot_be_a_mail_is_refused_and_never_raises_anything_else() -> None:
    with mail_server() as sink, pytest.raises(Refused, match="no mail can be made of it"):
        deliver(ME, smtp(sink.port), letter("attic", text="torn \ud83d"))
    assert sink.mails == []


def test_a_password_that_no_login_takes_is_told_without_a_letter_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "pässwort")
    with (
        mail_server(auth_require_tls=False, authenticator=lambda *_: None) as sink,
        pytest.raises(Undelivered, match="password of ada") as caught,
    ):
        deliver(ME, smtp(sink.port, username="ada"), letter("attic"))
    assert "ä" not in str(caught.value)


def test_what_nobody_thought_of_backs_off_shows_and_is_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = config(tmp_path, 25)
    pigeon = ME.model_copy(update={"kind": "pigeon", "to": "https://pigeon.example.org"})
    home = home.model_copy(update={"alerts": home.alerts.model_copy(update={"contacts": (pigeon,)})})
    book = Book(tmp_path, home.alerts)
    put(book, letter("attic"))
    with sending(book, home):
        until("the page knows", lambda: book.read().contacts["me"].down is not None)
        put(book, letter("hutch"))
        until("the next is tried too", lambda: all(one.tries > 1 for one in book.read().waiting))
    assert book.read().contacts["me"].reason == "me cannot be told for a mistake of Hutch (KeyError)"
    assert caplog.text.count("Traceback") == 1


def test_a_mail_server_may_take_its_time_once_it_has_the_mail() -> None:
    with mail_server() as sink:
        sink.hold.clear()
        slow = threading.Timer(1.5, sink.hold.set)
        slow.start()
        deliver(ME, smtp(sink.port, timeout=1), letter("attic"))
        slow.join()
    assert len(sink.mails) == 1


class Rude(socketserver.ThreadingTCPServer):
    """A mail server that takes every mail, hangs up after the first of ``silent`` ones, and is no friend of
    goodbyes.
    """

    daemon_threads = True

    def __init__(self, silent: int = 0) -> None:
        super().__init__((HOST, 0), RudeHandler)
        self.silent = silent
        self.mails: list[str] = []
        self.came = threading.Event()


class RudeHandler(socketserver.StreamRequestHandler):
    server: Rude

    def handle(self) -> None:
        self.wfile.write(b"220 hello\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append("".join(iter(lambda: self.rfile.readline().decode(), ".\r\n")))
                self.server.came.set()
                if len(self.server.mails) <= self.server.silent:
                    return
            self.wfile.write(b"500 what\r\n" if word == b"QUIT" else b"250 fine\r\n")


@contextmanager
def rude(silent: int = 0) -> Iterator[Rude]:
    with Rude(silent) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_how_a_mail_server_says_goodbye_does_not_matter() -> None:
    with rude() as server:
        deliver(ME, smtp(server.server_address[1]), letter("attic"))
    assert len(server.mails) == 1


def test_a_mail_without_an_answer_comes_again_as_it_was_and_what_is_new_alone(tmp_path: Path) -> None:
    with rude(silent=1) as server:
        home = config(tmp_path, server.server_address[1])
        book = Book(tmp_path, home.alerts)
        put(book, letter("attic"))
        with sending(book, home):
            assert server.came.wait(10)
            put(book, letter("hutch"))
            until("all is sent", lambda: not book.read().waiting)
    mails = sorted((message_from_string(mail) for mail in server.mails), key=lambda one: one["Subject"])
    assert [(mail["Message-ID"], mail["Subject"]) for mail in mails] == [
        ("<attic@hutch.invalid>", "attic is too warm"),
        ("<attic@hutch.invalid>", "attic is too warm"),
        ("<hutch@hutch.invalid>", "hutch is too warm"),
    ]


def test_what_is_in_a_mail_stays_so_over_a_restart(tmp_path: Path) -> None:
    with mail_server() as sink:
        home = config(tmp_path, sink.port)
        book = Book(tmp_path, home.alerts)
        put(book, letter("attic"))
        sink.hold.clear()
        with sending(book, home):
            assert sink.came.wait(10)
            assert [one.mail for one in alarms.read(tmp_path).waiting] == ["attic"]
            sink.hold.set()
            until("it is sent", lambda: not book.read().waiting)


class Picky(Sink):
    """Refuses for good each mail that speaks of the attic."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.answer = "554 no" if b"attic" in envelope.content else "250 kept"
        return await super().handle_DATA(server, session, envelope)


def test_a_letter_that_is_refused_for_good_keeps_no_other_back(tmp_path: Path) -> None:
    with mail_server(Picky()) as sink:
        home = config(tmp_path, sink.port)
        book = Book(tmp_path, home.alerts)
        put(book, letter("cage"), letter("attic"), letter("hutch"))
        with sending(book, home):
            until("the others came", lambda: len(sink.mails) == 2)
            until("it is given up", lambda: not book.read().waiting)
            put(book, letter("bath"))
            until("what comes later is sent", lambda: len(sink.mails) == 3)
    assert sink.subjects == ["hutch is too warm", "cage is too warm", "bath is too warm"]
    (refused,) = [one for one in book.read().letters if one.refused is not None]
    assert (refused.id, refused.sent) == ("attic", None)


def test_an_older_letter_is_not_given_up_for_what_the_server_refuses_in_another(tmp_path: Path) -> None:
    with mail_server() as sink:
        sink.answer = "451 later"
        home = config(tmp_path, sink.port)
        book = Book(tmp_path, home.alerts)
        put(book, letter("attic"))
        with sending(book, home):
            until("it was tried often", lambda: book.read().letters[0].tries > 20)
            sink.answer = "250 kept"
            until("it came", lambda: len(sink.mails) == 1)


def test_what_is_new_waits_for_no_pause_of_what_failed(tmp_path: Path) -> None:
    with mail_server(Picky()) as sink:
        home = config(tmp_path, sink.port)
        book = Book(tmp_path, home.alerts)
        put(book, letter("attic"))
        with sending(book, home, shortest=300, longest=300):
            until("it was refused", lambda: book.read().contacts["me"].down is not None)
            put(book, letter("hutch"))
            until("what is new came", lambda: sink.subjects == ["hutch is too warm"])
            assert [one.id for one in book.read().waiting] == ["attic"]
