"""Alerting as a Grafana from before version 12 can read it."""

import re
from pathlib import Path
from typing import Any

import yaml

_IN_ZONE = re.compile(r'(\.\w+) \| tz "[^"]+" \| date ("[^"]+")')
_NEW_IN_RULES = ("keepFiringFor", "notification_settings")


def older_alerting(folder: Path) -> None:
    """Rules tell by a tree of policies, times are of UTC, and while there is no answer all is well."""
    place = folder / "alerting"
    rules = _read(place / "rules.yml")
    settings: dict[str, dict[str, Any]] = {}
    for group in rules.get("groups", ()):
        for rule in group["rules"]:
            settings |= {rule["labels"]["severity"]: rule.get("notification_settings", {})}
            for key in _NEW_IN_RULES:
                rule.pop(key, None)
            if rule["execErrState"] == "KeepLast":
                rule["execErrState"] = "OK"
    _write(place / "rules.yml", rules)
    told = _read(place / "contacts.yml")
    routes = [{"matchers": [f"severity = {severity}"], **how} for severity, how in settings.items() if how]
    if routes:
        root = {"orgId": 1, "receiver": routes[0]["receiver"], "group_by": ["alertname"], "routes": routes}
        told["policies"] = [root]
    elif rules.get("deleteRules"):
        told["resetPolicies"] = [1]
    for point in told.get("contactPoints", ()):
        for receiver in point["receivers"]:
            receiver["settings"] = {
                key: _IN_ZONE.sub(r"\1.Format \2", value) if isinstance(value, str) else value
                for key, value in receiver["settings"].items()
            }
    _write(place / "contacts.yml", told)


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, allow_unicode=True))
