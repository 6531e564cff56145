"""Handing one letter to one contact point; what does not arrive is one sentence, and tried again."""

import os
import smtplib
import ssl
from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from types import MappingProxyType

from hutch.alerting.config import ContactSection, SmtpSection
from influx.alarms import Letter

PASSWORD_VARIABLE = "HUTCH_SMTP_PASSWORD"  # noqa: S105 -- its name, not the password
_DOMAIN = "hutch.invalid"
"""Of Message-IDs; a name that nobody can own (RFC 2606)."""


class Undelivered(Exception):
    """A letter did not arrive, or nobody knows whether it did, in one sentence."""


def deliver(contact: ContactSection, smtp: SmtpSection, letter: Letter) -> None:
    """Hand ``letter`` over; raises ``Undelivered``. By its id a mailbox may know one that comes again."""
    _KINDS[contact.kind](contact, smtp, letter)


def mail(contact: ContactSection, smtp: SmtpSection, letter: Letter) -> EmailMessage:
    """``letter`` as a mail, which no other machine should answer."""
    message = EmailMessage()
    message["Subject"] = letter.subject.replace("\n", " ")
    message["From"] = f"Hutch <{smtp.mail_from}>"
    message["To"] = contact.to
    message["Date"] = format_datetime(letter.made)
    message["Message-ID"] = f"<{letter.id}@{_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.severity == "critical" and letter.what != "over":
        message["X-Priority"] = "1"
    message.set_content(letter.text)
    return message


def password(smtp: SmtpSection, environment: Mapping[str, str] = os.environ) -> str:
    """The password of the mail server; raises ``Undelivered`` where there is none. Never print it."""
    if smtp.password_file is not None:
        return _secret(smtp.password_file)
    if found := environment.get(PASSWORD_VARIABLE):
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
    message = mail(contact, smtp, letter)
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
        raise Undelivered(f"{where} answers {_answer(error.smtp_code, error.smtp_error)}") from None
    except smtplib.SMTPException as error:
        raise Undelivered(f"{where} does not take it ({error})") from None
    except OSError as error:
        raise Undelivered(f"{where} cannot be reached ({error.strerror or error})") from None


def _connected(smtp: SmtpSection) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if smtp.security == "tls":
        return smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=smtp.timeout, context=secure)
    server = smtplib.SMTP(smtp.host, smtp.port, timeout=smtp.timeout)
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
    critical = letter.severity == "critical" and letter.what != "over"
    post(
        contact.name,
        f"{server}/",
        {
            "topic": topic,
            "title": letter.subject,
            "message": letter.text,
            "priority": 5 if critical else 3,
            "tags": ["white_check_mark"] if letter.what == "over" else ["warning"],
        },
        _token(contact),
    )


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
