"""``GET`` and ``POST /alerts/config``, and ``POST /alerts/mails``: when to warn, and whom."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from api.access.caller import Who
from api.access.rights import Right, needs
from api.alerts import thresholds
from api.alerts.change import AlertConfig
from api.context import Ctx
from api.ingest import intake
from influx.alert_rules import RULES, AlertRule

router = APIRouter(tags=["alerts"])


@router.get("/alerts/config", dependencies=[needs(Right.VIEW)])
def config(context: Ctx, who: Who) -> dict[str, Any]:
    """The rules, where each begins for whom, what was set over its default, and which mails the caller gets.

    `sends_mail` tells whether a contact point is configured, without which nobody is told.
    """
    found = thresholds.settings(context)
    return {
        "rules": [_as_json(rule) for rule in RULES.values()],
        "settings": [thresholds.as_json(row) for row in thresholds.rows(context, found)],
        "mails": thresholds.wanted(found, who),
        "sends_mail": thresholds.sends(context),
    }


@router.post("/alerts/config", dependencies=[needs(Right.CHANGE)])
def configure(context: Ctx, who: Who, asked: AlertConfig) -> dict[str, Any]:
    """Set when to warn of one pet, camera, location or the whole home.

    `no_event_threshold` is in minutes, or a length such as `2h`; `safe_temperature` has `low`, `high` and its
    `unit` (`C` or `F`); `rules` sets any other rule. Null takes a threshold back to its default; what is left
    out stays as it is.
    """
    rows = thresholds.configure(context, who, asked)
    return {
        "message": " ".join(map(thresholds.in_words, rows)) or "Your choice of mails is kept.",
        "settings": [thresholds.as_json(row) for row in rows],
    }


@router.post("/alerts/mails", dependencies=[needs(Right.VIEW)])
def choose_mails(
    context: Ctx,
    who: Who,
    mails: Annotated[dict[str, bool], Body(max_length=len(RULES), examples=[{"no_event": True}])],
) -> dict[str, Any]:
    """Choose which mails you get, by rule; what is left out stays as it is."""
    if mails:
        intake.accept(context, thresholds.wishes(context, who, mails))
    found = thresholds.settings(context)
    return {
        "mails": thresholds.wanted(found, who) | mails,
        "sends_mail": thresholds.sends(context),
    }


def _as_json(rule: AlertRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "title": rule.title,
        "unit": rule.unit,
        "subject_kinds": rule.kinds,
        "thresholds": rule.sides,
        "sentence": rule.sentence,
    }
