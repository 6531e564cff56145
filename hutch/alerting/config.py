"""Configuration of alarms: who looks for them, and where they are told."""

import re
from datetime import time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from api.config import is_loopback
from grafana.home import MOST_CONTACTS
from influx.config import HomePath, Name, Section, Span

LOCAL_USER = "local"
"""Whose wishes count where a contact point names no user: the owner while nobody has a login."""
_MAIL = re.compile(r"[^\s@<>,;\"\\]{1,64}@[A-Za-z0-9.\-\[\]:]{1,255}")
_URL = re.compile(r"https?://[^\s/]+(/\S*)?")


def _time_of_day(text: str) -> str:
    if text and not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise ValueError(f"{text!r:.20} is no time of day; write it like 22:00")
    return text


TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
"""Hours and minutes in the home's time zone."""


class SmtpSection(Section):
    """The mail server that mails are handed to."""

    host: str = Field("", pattern=r"^\S*$", max_length=253, description="Its name; empty: no mails are sent.")
    port: int = Field(587, ge=1, le=65535, description="587 for starttls, 465 for tls, 25 for none, mostly.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="How the way there is kept secret; none is for a server on this machine or your LAN.",
    )
    username: str = Field(
        "", max_length=320, description="Who logs in there; empty: nobody, and no password is needed."
    )
    password_file: HomePath | None = Field(
        None,
        description="File with the password; without it the environment's HUTCH_SMTP_PASSWORD is used.",
    )
    sender: str = Field(
        "", max_length=320, description="Address that mails come from; the username where that is one."
    )
    timeout: float = Field(20.0, ge=1, le=120, description="Seconds that one answer of it may take.")

    @property
    def mail_from(self) -> str:
        """The address that mails come from."""
        return self.sender or self.username

    @model_validator(mode="after")
    def _usable(self) -> "SmtpSection":
        if self.host and not _MAIL.fullmatch(self.mail_from):
            raise ValueError(
                "sender must be an address that mails can come from, such as hutch@example.org, "
                f"not {self.mail_from!r:.80}"
            )
        if self.username and self.security == "none" and not is_loopback(self.host):
            raise ValueError("security none would send the password in the clear; use starttls or tls")
        return self


class ContactSection(Section):
    """Somebody, or something, that is told of alarms."""

    name: Name = Field(description="What the pages and the log call it.")
    kind: Literal["email", "ntfy", "webhook"] = Field(
        description="A mail, a push message by ntfy, or a POST of JSON."
    )
    to: str = Field(
        max_length=500,
        description="The mail address; the topic of ntfy such as https://ntfy.example.org/hutch; the URL.",
    )
    user: str = Field(
        LOCAL_USER,
        max_length=64,
        description="User whose choice of mails on the Alerts page counts for it; the owner where unset.",
    )
    least: Literal["warning", "critical"] = Field(
        "warning", description="critical: it is told only of what cannot wait."
    )
    token_file: HomePath | None = Field(
        None, description="File with a token that ntfy or the webhook wants (sent as Bearer)."
    )

    @model_validator(mode="after")
    def _address(self) -> "ContactSection":
        if self.kind == "email":
            if not _MAIL.fullmatch(self.to) or not self.to.isascii():
                raise ValueError(f"to {self.to!r:.80} is no mail address; write it like you@example.org")
        elif not _URL.fullmatch(self.to):
            raise ValueError(
                f"to {self.to!r:.80} is no address; write it like https://ntfy.example.org/hutch"
            )
        if self.kind == "ntfy" and not self.to.split("://", 1)[1].partition("/")[2].strip("/"):
            raise ValueError(
                f"to {self.to!r:.80} names no topic; write it like https://ntfy.example.org/hutch"
            )
        return self

    @property
    def shown(self) -> str:
        """Where it sends, for pages: of a URL the host alone, for the rest may be a secret."""
        return self.to if self.kind == "email" else urlsplit(self.to).netloc.rpartition("@")[2]


class AlertsSection(Section):
    """Alarms: who looks for them, when they are told again, and when they wait for the morning."""

    by: Literal["hutch", "grafana"] = Field(
        "hutch", description="Who evaluates the alert rules and tells of them; only one should."
    )
    every: Span = Field(timedelta(seconds=20), description="How often the rules are evaluated, 5 s to 1 min.")
    reminder_critical: Span | None = Field(
        timedelta(hours=4), description="What is critical is told again so often while it lasts."
    )
    reminder_warning: Span | None = Field(timedelta(days=1), description="The same for warnings.")
    quiet_from: TimeOfDay = Field(
        "", description="From this time of day on, such as 22:00, warnings wait; what is critical never does."
    )
    quiet_to: TimeOfDay = Field("", description="Until then, such as 07:00.")
    smtp: SmtpSection = Field(default_factory=SmtpSection, description="The mail server.")
    contacts: tuple[ContactSection, ...] = Field((), max_length=MOST_CONTACTS, description="Who is told.")

    @model_validator(mode="after")
    def _agree(self) -> "AlertsSection":
        names = [contact.name for contact in self.contacts]
        mistakes = [
            f"two contacts are called {name!r}; each needs a name of its own"
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
        if not self.smtp.host and any(contact.kind == "email" for contact in self.contacts):
            mistakes.append("smtp host is missing: without a mail server no mail can be sent")
        if not timedelta(seconds=5) <= self.every <= timedelta(minutes=1):
            mistakes.append(f"every must be from 5 s to 1 min, not {self.every.total_seconds():g} s")
        if bool(self.quiet_from) != bool(self.quiet_to):
            mistakes.append("quiet_from and quiet_to belong together; set both or none")
        shortest = timedelta(minutes=5)
        for name in ("reminder_critical", "reminder_warning"):
            length = getattr(self, name)
            if length is not None and length < shortest:
                mistakes.append(f"{name} must be 5 min or more")
        if mistakes:
            raise ValueError("\n".join(mistakes))
        return self

    @property
    def quiet(self) -> tuple[time, time] | None:
        """When warnings wait, as times of day; None where they never do."""
        if not self.quiet_from or self.quiet_from == self.quiet_to:
            return None
        return time.fromisoformat(self.quiet_from), time.fromisoformat(self.quiet_to)
