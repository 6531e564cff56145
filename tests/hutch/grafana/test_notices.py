"""What ``[alerts]`` asks for, as Grafana is told it."""

import tomllib
from datetime import time, timedelta

from grafana.build import files
from grafana.home import Contact
from hutch.config import Config, parse
from hutch.grafana.home import home_of
from hutch.grafana.notices import notices_of

ALERTS = """
[api]
public_url = "https://hutch.example.org"
grafana_url = "/grafana/"

[alerts]
by = "grafana"
quiet_from = "22:30"
quiet_to = "06:45"
reminder_critical = "PT2H"

[alerts.smtp]
host = "mail.example.org"
sender = "hutch@example.org"

[[alerts.contacts]]
name = "ada"
kind = "email"
to = "ada@example.org"

[[alerts.contacts]]
name = "phone"
kind = "ntfy"
to = "https://ntfy.example.org/hutch"
least = "critical"
token_file = "secrets/ntfy"
"""


def config(text: str = ALERTS) -> Config:
    return parse(tomllib.loads(text), "a test")


def test_contacts_quiet_hours_and_reminders_are_those_of_the_configuration() -> None:
    notices = notices_of(config())
    assert notices.contacts == (
        Contact("ada", "email", "ada@example.org"),
        Contact("phone", "ntfy", "https://ntfy.example.org/hutch", "critical", has_token=True),
    )
    assert notices.quiet == (time(22, 30), time(6, 45))
    assert notices.again_critical == timedelta(hours=2)
    assert notices.again_warning == timedelta(days=1)


def test_links_of_mails_are_whole_addresses() -> None:
    notices = notices_of(config())
    assert notices.hutch == "https://hutch.example.org"
    assert notices.grafana == "https://hutch.example.org/grafana"


def test_a_grafana_elsewhere_is_led_to_there() -> None:
    elsewhere = config(ALERTS.replace("/grafana/", "https://grafana.example.org/"))
    assert notices_of(elsewhere).grafana == "https://grafana.example.org"


def test_the_home_of_a_configuration_says_who_warns_and_whom() -> None:
    told = files(home_of(config()))
    assert "ada@example.org" in told["alerting/contacts.yml"]
    assert "22:30" in told["alerting/quiet.yml"]
    told = files(home_of(config(ALERTS.replace('by = "grafana"', 'by = "hutch"'))))
    assert "ada@example.org" not in told["alerting/contacts.yml"]
    assert "deleteRules" in told["alerting/rules.yml"]
