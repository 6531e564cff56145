"""What Grafana is given to warn by: every reference leads somewhere, and every text is a text."""

import re
from collections.abc import Iterator
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from grafana.alerting import policy, texts
from grafana.alerting.contacts import token_variable
from grafana.alerting.files import files
from grafana.alerting.rules import every_rule, uid
from grafana.home import ANY_HOME, Contact, Home, Notices
from grafana.house import DATASOURCE
from influx.alert_rules import RULES as ALERTS
from influx.alert_rules import SubjectKind
from influx.config import Location
from influx.rule import Severity
from influx.rules import RULES

DURATION = re.compile(r"[0-9]+[smhd]")
ACTION = re.compile(r"\{\{.*?\}\}")
QUIET = (time(22), time(7))
ZURICH = ZoneInfo("Europe/Zurich")


def home(*contacts: Contact, quiet: tuple[time, time] | None = None, **more: Any) -> Home:
    return Home(ZURICH, alerts_by="grafana", notices=Notices(contacts, quiet), **more)


OWNER = Contact("owner", "email", "owner@example.org")
PHONE = Contact("my-phone", "ntfy", "https://ntfy.example.org/hutch", "critical", has_token=True)
HOOK = Contact("hook", "webhook", "https://hook.example.org/?a=$b")


def read(of: Home, name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(files(of)[name], yaml.CSafeLoader)
    assert found.pop("apiVersion") == 1
    return found


def rules(of: Home = ANY_HOME) -> list[dict[str, Any]]:
    return [rule for group in read(of, "rules.yml")["groups"] for rule in group["rules"]]


RULE = {rule["uid"]: rule for rule in rules()}
BOTH = pytest.mark.parametrize("rule", RULE.values(), ids=RULE)


def strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for inner in value.values():
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)
        case str():
            yield value


def test_every_rule_is_there_once_for_each_kind_of_subject() -> None:
    assert list(RULE) == [
        uid(rule, kind) for severity in Severity for rule, kind in every_rule() if rule.severity is severity
    ]
    assert {rule["labels"]["rule"] for rule in RULE.values()} == set(RULES)


def test_uids_and_titles_are_ones_that_grafana_takes_and_nobody_else_has() -> None:
    assert all(re.fullmatch(r"[a-z-]{1,40}", each) for each in RULE)
    titles = [rule["title"] for rule in RULE.values()]
    assert len(set(titles)) == len(titles)


@BOTH
def test_every_reference_leads_to_something(rule: dict[str, Any]) -> None:
    known = {each["refId"] for each in rule["data"]}
    assert len(known) == len(rule["data"])
    assert rule["condition"] in known
    for each in rule["data"]:
        model = each["model"]
        assert model["refId"] == each["refId"]
        assert model["datasource"]["uid"] == each["datasourceUid"]
        assert each["datasourceUid"] in (DATASOURCE["uid"], "__expr__")
        if each["datasourceUid"] == "__expr__":
            asked = re.findall(r"\$(\w+)", model["expression"]) or [model["expression"]]
            assert set(asked) <= known
        else:
            window = each["relativeTimeRange"]
            assert window["from"] > window["to"] == 0
            assert "from(" in model["query"]


@BOTH
def test_a_text_names_only_values_that_are_worked_out(rule: dict[str, Any]) -> None:
    known = {each["refId"] for each in rule["data"]}
    for text in rule["annotations"].values():
        assert set(re.findall(r"\$values\.(\w+)", text)) <= known
        assert set(re.findall(r"\$labels\.(\w+)", text)) <= {"subject", "location"}
        assert text.count("{{ if") == text.count("{{ end }}")


@BOTH
def test_lengths_are_written_as_grafana_reads_them(rule: dict[str, Any]) -> None:
    settings = rule["notification_settings"]
    lengths = [rule["for"], rule["keepFiringFor"]]
    lengths += [settings[each] for each in ("group_wait", "group_interval", "repeat_interval")]
    assert all(DURATION.fullmatch(each) for each in lengths)


def test_a_rule_lasts_as_long_as_its_data_says_and_the_store_as_long_as_its_limit() -> None:
    assert RULE["hutch-temperature-location"]["for"] == "15s"
    assert RULE["hutch-storage-node"]["for"] == "300s"
    assert RULE["hutch-store-home"]["for"] == "15m"


def test_one_rule_alone_fires_while_there_is_no_answer() -> None:
    failing = {name: rule["execErrState"] for name, rule in RULE.items()}
    assert failing.pop("hutch-store-home") == "Alerting"
    assert set(failing.values()) == {"KeepLast"}
    assert {rule["noDataState"] for rule in RULE.values()} == {"OK"}


@pytest.mark.parametrize("name", ["temperature", "gas", "no_feed"])
def test_what_is_critical_leaves_within_90_s_of_its_reading(name: str) -> None:
    rule = RULES[name]
    assert rule.severity is Severity.CRITICAL
    assert policy.told_within(rule.severity, rule.lasts) <= timedelta(seconds=90)


def test_the_mail_of_a_temperature_leaves_within_50_s() -> None:
    rule = RULES["temperature"]
    assert policy.told_within(rule.severity, rule.lasts) == timedelta(seconds=50)
    [group] = [each for each in read(ANY_HOME, "rules.yml")["groups"] if each["name"] == "Hutch: critical"]
    assert group["interval"] == "20s"
    settings = RULE["hutch-temperature-location"]["notification_settings"]
    assert (settings["group_wait"], settings["group_interval"]) == ("5s", "10s")


@BOTH
def test_it_is_over_at_the_second_evaluation_that_says_so_however_long_it_had_to_last(
    rule: dict[str, Any],
) -> None:
    every = policy.EVERY[Severity(rule["labels"]["severity"])]
    assert timedelta(0) < timedelta(seconds=int(rule["keepFiringFor"].removesuffix("s"))) <= every


def test_the_database_is_asked_once_for_each_rule() -> None:
    for rule in RULE.values():
        asked = [each for each in rule["data"] if each["datasourceUid"] != "__expr__"]
        assert len(asked) == 1


def test_grafana_evaluates_by_whole_tens_of_seconds() -> None:
    assert all(every % timedelta(seconds=10) == timedelta(0) for every in policy.EVERY.values())


def test_warnings_wait_in_quiet_hours_and_what_is_critical_does_not() -> None:
    quiet = home(OWNER, quiet=QUIET)
    for rule in rules(quiet):
        waits = rule["notification_settings"].get("mute_time_intervals", [])
        assert waits == ([policy.QUIET] if rule["labels"]["severity"] == "warning" else [])
    [muted] = read(quiet, "quiet.yml")["muteTimes"]
    [interval] = muted["time_intervals"]
    assert muted["name"] == policy.QUIET
    assert interval["location"] == "Europe/Zurich"
    assert interval["times"] == [
        {"start_time": "22:00", "end_time": "24:00"},
        {"start_time": "00:00", "end_time": "07:00"},
    ]


@pytest.mark.parametrize(
    ("quiet", "times"),
    [
        ((time(1), time(6, 30)), [("01:00", "06:30")]),
        ((time(22), time(0)), [("22:00", "24:00")]),
        ((time(0), time(7)), [("00:00", "07:00")]),
    ],
)
def test_quiet_hours_are_never_of_no_length(quiet: tuple[time, time], times: list[tuple[str, str]]) -> None:
    [muted] = policy.mute_times(home(OWNER, quiet=quiet))
    [interval] = muted["time_intervals"]
    assert [(each["start_time"], each["end_time"]) for each in interval["times"]] == times


def test_without_quiet_hours_nothing_waits() -> None:
    assert read(home(OWNER), "quiet.yml") == {}
    assert all("mute_time_intervals" not in rule["notification_settings"] for rule in rules(home(OWNER)))


def test_who_wants_critical_alone_is_no_contact_of_warnings() -> None:
    points = read(home(OWNER, PHONE), "contacts.yml")["contactPoints"]
    assert {point["name"]: len(point["receivers"]) for point in points} == {
        "Hutch: critical": 2,
        "Hutch: warnings": 1,
    }


def test_every_contact_point_that_a_rule_names_is_there() -> None:
    for of in (ANY_HOME, home(PHONE), home(OWNER, PHONE, HOOK), home()):
        there = {point["name"] for point in read(of, "contacts.yml").get("contactPoints", ())}
        named = {
            rule["notification_settings"]["receiver"] for rule in rules(of) if "notification_settings" in rule
        }
        assert named == there


def test_where_nobody_is_told_the_owners_own_policies_decide() -> None:
    assert all("notification_settings" not in rule for rule in rules(home()))
    only_critical = [rule for rule in rules(home(PHONE)) if "notification_settings" in rule]
    assert {rule["labels"]["severity"] for rule in only_critical} == {"critical"}


def test_ntfy_gets_a_title_and_rings_through_for_what_is_critical() -> None:
    [point] = read(home(PHONE), "contacts.yml")["contactPoints"]
    [receiver] = point["receivers"]
    assert receiver["type"] == "webhook"
    assert receiver["settings"]["url"] == "https://ntfy.example.org/hutch?template=grafana&priority=5"
    assert receiver["settings"]["title"] == texts.SUBJECT


def test_a_token_comes_from_the_environment_and_is_in_no_file() -> None:
    [point] = read(home(PHONE), "contacts.yml")["contactPoints"]
    settings = point["receivers"][0]["settings"]
    assert settings["authorization_credentials"] == "${HUTCH_TOKEN_MY_PHONE}"
    assert token_variable("my-phone") == "HUTCH_TOKEN_MY_PHONE"


def test_what_is_not_in_the_list_any_more_is_taken_away_and_nobody_else() -> None:
    of = home(OWNER, PHONE)
    content = read(of, "contacts.yml")
    there = {each["uid"] for point in content["contactPoints"] for each in point["receivers"]}
    gone = {each["uid"] for each in content["deleteContactPoints"]}
    assert there == {"hutch-critical-1", "hutch-critical-2", "hutch-warning-1"}
    assert not there & gone
    assert {"hutch-warning-2", "hutch-critical-3"} <= gone
    assert all(each.startswith("hutch-") for each in gone)


def test_where_hutch_warns_nothing_of_ours_is_left() -> None:
    by_hutch = Home()
    gone = read(by_hutch, "rules.yml")
    assert gone.keys() == {"deleteRules"}
    assert {each["uid"] for each in gone["deleteRules"]} == set(RULE)
    contacts = read(by_hutch, "contacts.yml")
    assert contacts.keys() == {"deleteContactPoints"}
    there = read(home(OWNER, PHONE, HOOK), "contacts.yml")["contactPoints"]
    receivers = {each["uid"] for point in there for each in point["receivers"]}
    assert receivers <= {each["uid"] for each in contacts["deleteContactPoints"]}


def test_nothing_of_the_owner_is_touched() -> None:
    for of in (ANY_HOME, Home(), home(OWNER)):
        assert not {"policies", "resetPolicies", "deleteMuteTimes", "templates"} & {
            key for name in files(of) for key in read(of, name)
        }


def without_variables(text: str) -> str:
    return re.sub(r"\$(labels|values)\.\w+", "", text)


def test_grafana_puts_its_environment_into_nothing_but_tokens() -> None:
    of = home(OWNER, PHONE, HOOK, locations=(Location(name="loft", label="${HOME} $$ $x"),))
    for rule in rules(of):
        for text in rule["annotations"].values():
            assert "$" not in without_variables(text)
        expanded = {key: value for key, value in rule.items() if key not in ("annotations", "data")}
        assert not any("$" in text for text in strings(expanded))
    content = read(of, "contacts.yml")
    found = [text for text in strings(content) if "$" in text]
    assert found == ["${HUTCH_TOKEN_MY_PHONE}"]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text('{}"$\\`|<\n', max_size=20)


@given(NAMES)
def test_what_people_call_a_place_is_never_part_of_a_template(label: str) -> None:
    named = home(OWNER, locations=(Location(name="loft", label=label),))
    plain = home(OWNER, locations=(Location(name="loft", label="loft"),))
    kind = SubjectKind.LOCATION
    told = texts.annotations(RULES["temperature"], kind, named)["summary"]
    expected = texts.annotations(RULES["temperature"], kind, plain)["summary"]
    written = re.compile(r'\{\{ "((?:[^"\\]|\\U[0-9a-f]{8})*)" \}\}')
    if label:
        [found] = set(written.findall(told))
        assert re.sub(r"\\U([0-9a-f]{8})", lambda at: chr(int(at[1], 16)), found) == label
        assert written.sub("", told) == written.sub("", expected)
    assert "$" not in without_variables(told)


def test_a_temperature_is_told_in_both_units_with_where_it_is_and_which_side() -> None:
    told = RULE["hutch-temperature-location"]["annotations"]
    assert "°C (" in told["summary"]
    assert "$values.VF.Value" in told["summary"]
    assert "is too cold" in told["summary"]
    assert "is too warm" in told["summary"]
    assert "has a safe temperature again" in told["over"]
    assert told["limit"].startswith("Limit: ")
    assert told["dashboard"].startswith(
        "https://hutch.example.org/grafana/d/hutch-climate?orgId=1&var-location="
    )


def test_links_are_whole_addresses() -> None:
    for rule in RULE.values():
        for name in ("dashboard", "clips"):
            if name in rule["annotations"]:
                assert rule["annotations"][name].startswith("https://hutch.example.org/")


def test_the_store_is_told_of_without_a_value_that_nobody_knows() -> None:
    told = RULE["hutch-store-home"]["annotations"]
    assert "does not answer" in told["summary"]
    assert not ACTION.search(told["summary"])
    assert ALERTS["store"].title == RULE["hutch-store-home"]["title"]


def test_times_in_a_mail_are_those_of_the_home() -> None:
    assert texts.message(home(OWNER)).count('tz "Europe/Zurich"') == 3
