"""Each way to tell somebody, tried on a real server."""

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from pydantic import ValidationError

from hutch.alerting.config import AlertsSection, ContactSection, SmtpSection
from hutch.alerting.contacts import PASSWORD_VARIABLE, Refused, Undelivered, deliver, password
from influx.alarms import Letter
from influx.rule import Severity
from tests.daemon import HOST
from tests.hutch.alerting.sink import mail_server
from tests.needs import lacking

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
LETTER = Letter(
    id="0123", contact="me", made=NOW, not_before=NOW, what="fires", severity=Severity.CRITICAL,
    subject="Küche is too warm: 27.4 °C", text="Küche is too warm: 27.4 °C\nSince 13:00.\n",
    alarms=("temperature/location/kitchen",),
)  # fmt: skip
NO_SMTP = SmtpSection()


@dataclass
class Posts:
    """What was POSTed, and what is answered."""

    status: int = 200
    url: str = ""
    came: list[tuple[str, dict[str, Any], str | None]] = field(default_factory=list)


@contextmanager
def a_web_server() -> Iterator[Posts]:
    posts = Posts()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            posts.came.append((self.path, told, self.headers["Authorization"]))
            self.send_response(posts.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        posts.url = f"http://{HOST}:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield posts
        finally:
            server.shutdown()
            thread.join()


def test_a_mail_says_what_it_is_in_any_alphabet() -> None:
    me = ContactSection(name="me", kind="email", to="me@example.org")
    with mail_server() as sink:
        smtp = SmtpSection(host=HOST, port=sink.port, security="none", sender="hutch@example.org")
        deliver(me, smtp, LETTER)
    (mail,) = sink.mails
    assert (str(mail["Subject"]), sink.text()) == (LETTER.subject, LETTER.text)
    assert (str(mail["Message-ID"]), str(mail["X-Priority"])) == ("<0123@hutch.invalid>", "1")
    assert str(mail["Auto-Submitted"]) == "auto-generated"


def test_a_push_message_goes_to_its_topic_and_a_webhook_gets_all(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("tk_secret\n")
    with a_web_server() as posts:
        deliver(
            ContactSection(name="phone", kind="ntfy", to=f"{posts.url}/my-hutch", token_file=token),
            NO_SMTP,
            LETTER,
        )
        deliver(ContactSection(name="hook", kind="webhook", to=f"{posts.url}/in?key=1"), NO_SMTP, LETTER)
    ntfy, hook = posts.came
    assert (ntfy[0], ntfy[2]) == ("/", "Bearer tk_secret")
    assert ntfy[1] == {
        "topic": "my-hutch",
        "title": LETTER.subject,
        "message": LETTER.text,
        "priority": 5,
        "tags": ["warning"],
    }
    assert (hook[0], hook[2]) == ("/in?key=1", None)
    assert hook[1]["alarms"] == ["temperature/location/kitchen"]
    assert (hook[1]["what"], hook[1]["severity"], hook[1]["id"]) == ("fires", "critical", "0123")


@pytest.mark.parametrize("kind", ["ntfy", "webhook"])
def test_what_does_not_arrive_says_why_and_never_where(kind: str) -> None:
    with a_web_server() as posts:
        posts.status = 403
        contact = ContactSection(name="phone", kind=kind, to=f"{posts.url}/secret-topic")
        with pytest.raises(Undelivered, match="phone answers 403 Forbidden"):
            deliver(contact, NO_SMTP, LETTER)
    with pytest.raises(Undelivered, match="phone cannot be reached") as caught:
        deliver(contact, NO_SMTP, LETTER)
    assert "secret-topic" not in str(caught.value)


def test_a_mail_server_without_tls_gets_no_mail_that_wants_it() -> None:
    me = ContactSection(name="me", kind="email", to="me@example.org")
    with mail_server() as sink:
        smtp = SmtpSection(host=HOST, port=sink.port, sender="hutch@example.org")
        with pytest.raises(Undelivered, match=r"does not take it \(STARTTLS"):
            deliver(me, smtp, LETTER)
        assert sink.mails == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for loopback that nobody trusts yet, and a server's context with it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        lacking("openssl makes the certificate")
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    wanted = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}"]
    named = ["-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(made)]
    subprocess.run([openssl, "req", "-x509", *wanted, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    return made, context


def logs_in(_server: object, _session: object, _envelope: object, _how: str, given: Any) -> AuthResult:
    known = (given.login, given.password) == (b"ada@example.org", b"pssst")
    return AuthResult(success=known, handled=False)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_the_way_to_the_server_is_secret_and_who_it_is_is_checked(
    certificate: tuple[Path, ssl.SSLContext], security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = ContactSection(name="me", kind="email", to="me@example.org")
    trusted, context = certificate
    how: dict[str, Any] = {"authenticator": logs_in}
    if security == "tls":
        how |= {"ssl_context": context, "auth_require_tls": False}
    else:
        how |= {"tls_context": context, "require_starttls": True}
    with mail_server(**how) as sink:
        smtp = SmtpSection(
            host=HOST,
            port=sink.port,
            security=security,
            username="ada@example.org",
            sender="hutch@example.org",
        )
        monkeypatch.setenv(PASSWORD_VARIABLE, "pssst")
        with pytest.raises(Undelivered, match=r"cannot be reached .*certificate verify failed"):
            deliver(me, smtp, LETTER)
        monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
        deliver(me, smtp, LETTER)
        monkeypatch.setenv(PASSWORD_VARIABLE, "wrong")
        with pytest.raises(Undelivered, match=r"refuses the login of ada@example.org \(535\)") as caught:
            deliver(me, smtp, LETTER)
    assert len(sink.mails) == 1
    assert "wrong" not in str(caught.value)


def test_the_password_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    smtp = SmtpSection(host="mail.example.org", username="ada@example.org")
    assert password(smtp, {PASSWORD_VARIABLE: "pssst"}) == "pssst"
    with pytest.raises(Undelivered, match=r"set HUTCH_SMTP_PASSWORD or \[alerts.smtp\] password_file"):
        password(smtp, {})
    path = tmp_path / "password"
    kept = smtp.model_copy(update={"password_file": path})
    with pytest.raises(Undelivered, match=r"password cannot be read \(No such file"):
        password(kept, {})
    path.write_text("pssst\n")
    assert password(kept, {PASSWORD_VARIABLE: "another"}) == "pssst"


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"contacts": [{"name": "me", "kind": "email", "to": "me@example.org"}]}, "smtp host is missing"),
        (
            {"contacts": [{"name": "me", "kind": "email", "to": "me@x.org\nBcc: all@x.org"}]},
            "is no mail address",
        ),
        ({"contacts": [{"name": "me", "kind": "ntfy", "to": "https://ntfy.example.org"}]}, "names no topic"),
        ({"contacts": [{"name": "me", "kind": "webhook", "to": "ftp://x"}]}, "is no address"),
        (
            {"contacts": [{"name": "a", "kind": "webhook", "to": "http://x/"}] * 2},
            "two contacts are called 'a'",
        ),
        ({"every": 90}, "every must be from 5 s to 1 min, not 90 s"),
        ({"quiet_from": "22:00"}, "quiet_from and quiet_to belong together"),
        ({"quiet_from": "22 Uhr"}, "is no time of day"),
        ({"reminder_critical": 60}, "reminder_critical must be 5 min or more"),
        ({"smtp": {"host": "mail.example.org"}}, "sender must be an address"),
        (
            {"smtp": {"host": "mail.example.org", "username": "a@example.org", "security": "none"}},
            "would send the password in the clear",
        ),
    ],
)
def test_a_mistake_in_the_configuration_gets_a_sentence(section: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AlertsSection.model_validate(section)
    assert words in str(caught.value)


def test_quiet_hours_that_are_none_are_none() -> None:
    assert AlertsSection().quiet is None
    assert AlertsSection(quiet_from="07:00", quiet_to="07:00").quiet is None


def test_a_push_message_is_no_longer_than_its_server_takes() -> None:
    long = LETTER.model_copy(update={"text": "Küche ☀ is too warm\n" * 400, "subject": "ü" * 300})
    with a_web_server() as posts:
        deliver(ContactSection(name="phone", kind="ntfy", to=f"{posts.url}/my-hutch"), NO_SMTP, long)
    ((_, told, _),) = posts.came
    assert 3700 < len(told["message"].encode()) <= 3800
    assert told["message"].endswith("... (more on the Alerts page)")
    assert told["message"].removesuffix("... (more on the Alerts page)") in long.text
    assert len(told["title"].encode()) <= 200


@pytest.mark.parametrize(("status", "for_good"), [(400, True), (413, True), (403, False), (500, False)])
def test_what_is_refused_for_good_is_known_from_what_may_come_later(status: int, for_good: bool) -> None:
    with a_web_server() as posts:
        posts.status = status
        with pytest.raises(Undelivered) as caught:
            deliver(ContactSection(name="hook", kind="webhook", to=posts.url), NO_SMTP, LETTER)
    assert (isinstance(caught.value, Refused), caught.value.maybe) == (for_good, False)
