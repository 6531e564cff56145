"""Whom Grafana tells: a contact point for each severity, of everybody who is told of that.

Which rules a user of Hutch wants mails of, as the Alerts page has it, Grafana cannot know: all are told.
"""

from typing import Any
from urllib.parse import urlencode

from grafana.alerting import texts
from grafana.home import MOST_CONTACTS, Contact, Home
from influx.rule import Severity

_NAMES = {Severity.CRITICAL: "Hutch: critical", Severity.WARNING: "Hutch: warnings"}
_URGENT = "5"
"""Of ntfy's priorities the highest, which rings through."""


def name_of(severity: Severity, home: Home) -> str | None:
    """The contact point that is told of that severity; None where nobody is."""
    return _NAMES[severity] if _told(severity, home) else None


def contact_points(home: Home) -> list[dict[str, Any]]:
    """Every contact point with somebody in it."""
    return [
        {
            "orgId": 1,
            "name": name,
            "receivers": [_receiver(number, each, severity, home) for number, each in told],
        }
        for severity, name in _NAMES.items()
        if (told := _told(severity, home))
    ]


def left_over(home: Home) -> list[dict[str, Any]]:
    """What may be in Grafana of former lists; removing what is not there is no error to it."""
    used = {each["uid"] for point in contact_points(home) for each in point["receivers"]}
    every = [uid(severity, number) for severity in _NAMES for number in range(1, MOST_CONTACTS + 1)]
    return [{"orgId": 1, "uid": each} for each in every if each not in used]


def token_variable(contact: str) -> str:
    """The variable of Grafana's environment that holds the token of ``contact``."""
    return f"HUTCH_TOKEN_{contact.upper().replace('-', '_')}"


def uid(severity: Severity, number: int) -> str:
    """Of the one at that place of the list."""
    return f"hutch-{severity}-{number}"


def _told(severity: Severity, home: Home) -> list[tuple[int, Contact]]:
    everybody = enumerate(home.notices.contacts, 1)
    return [(at, each) for at, each in everybody if severity is Severity.CRITICAL or each.least == "warning"]


def _receiver(number: int, contact: Contact, severity: Severity, home: Home) -> dict[str, Any]:
    title, text = texts.SUBJECT, texts.message(home)
    if contact.kind == "email":
        to = contact.to.replace("$", "$$")  # a single one begins a variable
        settings = {"addresses": to, "singleEmail": True, "subject": title, "message": text}
        return {"uid": uid(severity, number), "type": "email", "settings": settings}
    settings = {"url": _address(contact, severity), "httpMethod": "POST", "title": title, "message": text}
    if contact.has_token:
        variable = f"${{{token_variable(contact.name)}}}"
        settings |= {"authorization_scheme": "Bearer", "authorization_credentials": variable}
    return {"uid": uid(severity, number), "type": "webhook", "settings": settings}


def _address(contact: Contact, severity: Severity) -> str:
    """Of ntfy the topic, with what makes a title and a text of Grafana's JSON there."""
    url = contact.to.replace("$", "%24")
    if contact.kind == "webhook":
        return url
    asked = {"template": "grafana", **({"priority": _URGENT} if severity is Severity.CRITICAL else {})}
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"
