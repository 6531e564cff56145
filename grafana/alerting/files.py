"""The files of Grafana's alerting: what it warns of, or how it forgets that, where Hutch warns itself."""

from typing import Any

from grafana.alerting import contacts, policy, rules
from grafana.home import Home, Notices
from grafana.yaml_text import document


def files(home: Home) -> dict[str, str]:
    """The text of each file by its name.

    What was provisioned outlives its file. So where Hutch warns they take away what is ours, and leave
    alone whatever else somebody made. The quiet hours stay, used by nobody: Grafana takes mute timings away
    before rules, refuses that of one in use, and then does not start.
    """
    if home.alerts_by == "hutch":
        nobody = Home(notices=Notices())
        gone = [{"orgId": 1, "uid": rules.uid(rule, kind)} for rule, kind in rules.every_rule()]
        return {
            "rules.yml": _file({"deleteRules": gone}),
            "contacts.yml": _file({"deleteContactPoints": contacts.left_over(nobody)}),
            "quiet.yml": _file({}),
        }
    told = {
        "contactPoints": contacts.contact_points(home),
        "deleteContactPoints": contacts.left_over(home),
    }
    return {
        "rules.yml": _file({"groups": rules.groups(home)}),
        "contacts.yml": _file(told),
        "quiet.yml": _file({"muteTimes": policy.mute_times(home)}),
    }


def _file(content: dict[str, Any]) -> str:
    return document({"apiVersion": 1, **{key: value for key, value in content.items() if value}})
