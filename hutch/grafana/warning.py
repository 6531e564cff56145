"""Whether the alert rules at a Grafana are those of who warns: all of them, or none."""

from collections.abc import Iterator, Mapping
from typing import Any

from grafana.alerting import rules
from grafana.home import Home
from hutch.grafana.finding import Finding
from hutch.grafana.server import Server

WHAT = "alert rules"
_REMEDY = (
    "`hutch setup --dashboards-to FOLDER` makes the files that mend it, then restart Grafana; "
    "in Compose `docker compose up -d --force-recreate` does both"
)


def warning(home: Home, server: Server) -> Iterator[Finding]:
    """Where Hutch warns there is none of ours, or everything would be told twice; where Grafana warns there
    are all, and each can be asked. Raises as ``Server`` does.
    """
    there = _ours(server)
    if home.alerts_by == "hutch":
        if there:
            told = f"{len(there)} of Hutch are there, which warns itself ([alerts] by)"
            yield Finding(WHAT, False, told, _REMEDY)
        else:
            yield Finding(WHAT, True, "none of Hutch is there: it warns itself")
        return
    wanted = {rule["uid"]: rule["title"] for group in rules.groups(home) for rule in group["rules"]}
    if lacking := [title for uid, title in wanted.items() if uid not in there]:
        yield Finding(WHAT, False, f"missing: {', '.join(lacking)}", _REMEDY)
    broken = list(_broken(server, {there[uid] for uid in wanted if uid in there}))
    for title, error in broken:
        yield Finding(f"alert rule {title}", False, error, "its page in Grafana shows its query")
    if not lacking and not broken:
        yield Finding(WHAT, True, f"all {len(wanted)} are there, and none has an error")


def _ours(server: Server) -> dict[str, str]:
    """The title of each rule of ours that is there, by its uid."""
    known = {rules.uid(rule, kind) for rule, kind in rules.every_rule()}
    folders: Mapping[str, Any] = server.ask("/ruler/grafana/api/v1/rules")
    there = (each for groups in folders.values() for group in groups for each in group["rules"])
    told = (each.get("grafana_alert", {}) for each in there)
    return {rule["uid"]: rule["title"] for rule in told if rule.get("uid") in known}


def _broken(server: Server, titles: set[str]) -> Iterator[tuple[str, str]]:
    """Those of ours that Grafana cannot ask, with what it says."""
    told = server.ask("/prometheus/grafana/api/v1/rules")["data"]["groups"]
    for rule in (rule for group in told if group["file"] == rules.FOLDER for rule in group["rules"]):
        if rule["name"] in titles and rule.get("health") == "error":
            yield rule["name"], str(rule.get("lastError", ""))
