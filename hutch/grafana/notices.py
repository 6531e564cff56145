"""Whom Grafana tells of alarms, and when, as ``[alerts]`` of the configuration says it for Hutch itself."""

from urllib.parse import urljoin

from grafana.home import Contact, Notices
from hutch.config import Config

_DASHBOARDS = "/grafana/"
"""Where docker-compose.yml has them; for a configuration that does not say where else they are."""


def notices_of(config: Config) -> Notices:
    """What ``[alerts]`` asks for. Which rules each user wants is not in it: Grafana cannot know."""
    alerts = config.alerts
    contacts = tuple(
        Contact(each.name, each.kind, each.to, each.least, has_token=each.token_file is not None)
        for each in alerts.contacts
    )
    grafana = urljoin(f"{config.pages_url}/", config.api.grafana_url or config.grafana.url or _DASHBOARDS)
    return Notices(
        contacts,
        alerts.quiet,
        alerts.reminder_critical,
        alerts.reminder_warning,
        hutch=config.pages_url,
        grafana=grafana.rstrip("/"),
    )
