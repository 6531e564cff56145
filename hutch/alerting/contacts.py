"""Handing one letter to one contact point; what does not arrive is one sentence, and tried again."""

import os
import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from hutch.alerting.config import ContactSection, SmtpSection
from influx.alarms import Letter

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

PASSWORD_VARIABLE = "HUTCH_SMTP_PASSWORD"  # noqa: S105 -- its name, not the password
_DOMAIN = "hutch.invalid"
"""Of Message-IDs; a name that nobody can own (RFC 2606)."""
_TAKES = 600.0
"""Seconds that a mail server may take to answer once it has the mail (RFC 5321, 4.5.3.2.6)."""
_TOO_LARGE = 552
"""The code of RFC 1870 for a mail that is."""
_NTFY_TEXT, _NTFY_TITLE = 3800, 200
"""Bytes; ntfy takes 4096 of text, see https://docs.ntfy.sh/publish/#limitations."""
_MORE = "... (more on the Alerts page)"


class Undelivered(Exception):
    """A letter did not arrive, in one sentence; ``maybe`` it did, and nobody knows."""

    def __init__(self, sentence: str, *, maybe: bool = False) -> None:
        super().__init__(sentence)
        self.maybe = maybe


class Refused(Undelivered):
    """This very letter will not be taken, however often it is tried."""


def deliver(contact: ContactSection, smtp: SmtpSection, letter: Letter) -> None:
    """Hand ``letter`` over; raises ``Undelivered``. By its id a mailbox may know one that comes again."""
    _KINDS[contact.kind](contact, smtp, letter)


def mail(contact: ContactSection, smtp: SmtpSection, letter: Letter) -> EmailMessage:
    """``letter`` as a mail, which no other machine should answer; raises ``ValueError`` where it is none."""
    message = EmailMessage()
    message["Subject"] = " ".join(letter.subject.split())
    message["From"] = f"Hutch <{smtp.mail_from}>"
    message["To"] = contact.to
    message["Date"] = format_datetime(letter.made)
    message["Message-ID"] = f"<{letter.id}@{_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.is_urgent:
        message["X-Priority"] = "1"
    message.set_content(letter.text)
    return message


def password(smtp: SmtpSection, environment: Mapping[str, str] = os.environ) -> str:
    """The password of the mail server; raises ``Undelivered`` where there is none. Never print it."""
    found = _secret(smtp.password_file) if smtp.password_file else environment.get(PASSWORD_VARIABLE)
    if found and not found.isascii():
        # smtplib would say which letter it is.
        raise Undelivered(f"the password of {smtp.username} has letters that no login takes; use ASCII alone")
    if found:
        return found
    raise Undelivered(
        f"there is no password for {smtp.username} at {smtp.host}: set {PASSWORD_VARIABLE} or "
        "[alerts.smtp] password_file"
    )


def _secret(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Undelivered(
            f"{path} cannot be read ({getattr(error, 'strerror', None) or 'no text'})"
        ) from None


def _by_mail(contact: ContactSection, smtp: SmtpSection, letter: Letter) -> None:
    where = f"the mail server {smtp.host}:{smtp.port}"
    try:
        message = mail(contact, smtp, letter)
        message.as_bytes()
    except ValueError as error:
        raise Refused(f"no mail can be made of it ({type(error).__name__})") from None
    try:
        with _connected(smtp) as server:
            if smtp.username:
                server.login(smtp.username, password(smtp))
            server.send_message(message)
    except smtplib.SMTPAuthenticationError as error:
        raise Undelivered(f"{where} refuses the login of {smtp.username} ({error.smtp_code})") from None
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise Undelivered(f"{where} refuses {contact.to} ({_answer(code, text)})") from None
    except smtplib.SMTPResponseException as error:
        for_good = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        what = Refused if for_good or error.smtp_code == _TOO_LARGE else Undelivered
        raise what(f"{where} answers {_answer(error.smtp_code, error.smtp_error)}") from None
    except _Unanswered as error:
        raise Undelivered(f"{where} has it and does not say that it is kept ({error})", maybe=True) from None
    except smtplib.SMTPException as error:
        raise Undelivered(f"{where} does not take it ({error})") from None
    except OSError as error:
        raise Undelivered(f"{where} cannot be reached ({error.strerror or error})") from None
    except ValueError as error:  # what is no ASCII where a mail server takes nothing else
        raise Undelivered(f"{where} cannot be told this ({type(error).__name__})") from None


class _Unanswered(smtplib.SMTPException):
    """The mail was on its way, and what became of it nobody knows."""


class _Server(smtplib.SMTP):
    """Waits for long once the mail was handed over: who sends it again because of that sends it twice."""

    def data(self, msg: "Buffer | str") -> tuple[int, bytes]:
        """See ``smtplib.SMTP.data``; raises ``_Unanswered`` where the answer did not come."""
        assert self.sock is not None  # it took the addresses just now
        usual = self.sock.gettimeout()
        self.sock.settimeout(max(usual or 0.0, _TAKES))
        try:
            return super().data(msg)
        except smtplib.SMTPServerDisconnected as error:
            raise _Unanswered(f"{error}") from error
        finally:
            if self.sock is not None:
                self.sock.settimeout(usual)


class _TlsServer(_Server, smtplib.SMTP_SSL):
    """The same over TLS from the first byte on."""


@contextmanager
def _connected(smtp: SmtpSection) -> Iterator[smtplib.SMTP]:
    server = _opened(smtp)
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):  # how it says goodbye changes nothing
            server.quit()
        server.close()


def _opened(smtp: SmtpSection) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if smtp.security == "tls":
        return _TlsServer(smtp.host, smtp.port, timeout=smtp.timeout, context=secure)
    server = _Server(smtp.host, smtp.port, timeout=smtp.timeout)
    if smtp.security == "starttls":
        try:
            server.starttls(context=secure)
        except (smtplib.SMTPException, OSError):
            server.close()
            raise
    return server


def _answer(code: int, text: bytes | str) -> str:
    told = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(told.split())[:120]}"


def _by_ntfy(contact: ContactSection, _: SmtpSection, letter: Letter) -> None:
    """As JSON to the server's root, which takes any letter of any alphabet; https://docs.ntfy.sh/publish/."""
    from hutch.alerting.over_http import post

    server, _slash, topic = contact.to.rstrip("/").rpartition("/")
    post(
        contact.name,
        f"{server}/",
        {
            "topic": topic,
            "title": cut(letter.subject, _NTFY_TITLE, "..."),
            "message": cut(letter.text, _NTFY_TEXT, _MORE),
            "priority": 5 if letter.is_urgent else 3,
            "tags": ["white_check_mark"] if letter.what == "over" else ["warning"],
        },
        _token(contact),
    )


def cut(text: str, most: int, end: str) -> str:
    """``text``, or as much of its beginning as fits with ``end`` into ``most`` bytes."""
    told = text.encode(errors="replace")
    if len(told) <= most:
        return told.decode()
    return told[: most - len(end.encode())].decode(errors="ignore") + end


def _by_webhook(contact: ContactSection, _: SmtpSection, letter: Letter) -> None:
    from hutch.alerting.over_http import post

    told = letter.model_dump(
        mode="json", include={"id", "what", "severity", "subject", "text", "made", "alarms"}
    )
    post(contact.name, contact.to, told, _token(contact))


def _token(contact: ContactSection) -> str | None:
    return None if contact.token_file is None else _secret(contact.token_file)


_KINDS: Mapping[str, Callable[[ContactSection, SmtpSection, Letter], None]] = MappingProxyType(
    {"email": _by_mail, "ntfy": _by_ntfy, "webhook": _by_webhook}
)
