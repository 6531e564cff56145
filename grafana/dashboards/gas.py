"""Gas: how strong each gas is and was, beside the strength from which Hutch warns."""

from grafana import variables
from grafana.dashboards.temperatures import DASHED
from grafana.home import Home
from grafana.house import Dashboard
from grafana.limits import limits
from grafana.newest import newest
from grafana.panels import Panel, lines, of_query, stat
from grafana.queries import Numbers, numbers
from grafana.units import unit_of
from influx.alert_rules import RULES, SubjectKind
from influx.schema import GAS
from influx.windows import Aggregate

FIELD = "concentration"
HERE = {"gas": "gas", "location": "location"}
NAME = "${__field.labels.gas} ${__field.labels.location} ${__field.labels.sensor} ${__field.labels.channel}"


def dashboard(home: Home) -> Dashboard:
    """The dashboard of gases."""
    return Dashboard(
        "gas",
        "Gas",
        "The concentration of every gas. No replacement for a certified gas or smoke alarm.",
        [_now(home), _strongest(home), _over_time(home)],
        [variables.gas(home), variables.location(home)],
    )


def _now(home: Home) -> Panel:
    return stat(
        "Now",
        "The newest reading of every sensor; one older than 15 minutes is not shown as current.",
        unit_of(GAS, FIELD),
        {"A": newest(home, GAS, FIELD, tags=HERE)},
        NAME,
        width=24,
        defaults={"noValue": "silent"},
    )


def _strongest(home: Home) -> Panel:
    asked = Numbers(GAS, FIELD, Aggregate.MAX, ("gas", "location"), HERE)
    return lines(
        "Strongest of every step",
        "The highest concentration of each gas and location within every step, so that a short peak is seen.",
        unit_of(GAS, FIELD),
        {"A": numbers(home, asked)},
        "${__field.labels.gas} ${__field.labels.location}",
        width=24,
        gives=("_time", "_value", "gas", "location"),
    )


def _over_time(home: Home) -> Panel:
    rule = RULES["gas"]
    dashed = {
        "displayName": "warns above",
        "custom_lineStyle": DASHED,
        "custom_spanNulls": True,
        "color": {"mode": "fixed", "fixedColor": "red"},
    }
    return lines(
        "$gas",
        "Mean concentration of every step. Dashed: from where Hutch warns, as it is set or by default.",
        unit_of(GAS, FIELD),
        {
            "A": numbers(home, Numbers(GAS, FIELD, Aggregate.MEAN, tags=HERE)),
            "B": limits(home, rule, SubjectKind.GAS, "gas", rule.by_subject),
        },
        NAME,
        overrides=(of_query("B", **dashed),),
        more={"repeat": "gas", "repeatDirection": "h", "maxPerRow": 2},
    )
