"""The queries of alert rules on a real InfluxDB: they fire, and are over, when Hutch itself finds that."""

import pytest

from grafana.alerting.flux import query
from grafana.home import ANY_HOME
from influx.alert_rules import Side, SubjectKind
from influx.rules import RULES
from tests.grafana.alerting.room import Alarms, Room
from tests.grafana.alerting.scenarios import SCENARIOS, Scenario

_UNSET = (SubjectKind.CAMERA, SubjectKind.LOCATION)
by_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=str)


def test_every_rule_and_kind_of_subject_has_a_query_and_a_scenario_but_a_store_that_is_away() -> None:
    asked = {(name, kind) for name, rule in RULES.items() for kind in rule.kinds}
    none = {(name, kind) for name, kind in asked if query(RULES[name], kind, ANY_HOME) is None}
    assert none == {("store", SubjectKind.HOME)}
    assert {(one.rule, one.kind) for one in SCENARIOS} == asked - none


def test_a_rule_is_not_asked_for_a_kind_that_it_is_not_about() -> None:
    with pytest.raises(ValueError, match="gas is not asked for a pet"):
        query(RULES["gas"], SubjectKind.PET, ANY_HOME)


@by_scenario
def test_it_fires_is_over_and_is_silent_otherwise_when_hutch_is(room: Room, scenario: Scenario) -> None:
    alarms = Alarms(room, scenario.rule, scenario.kind)
    name, fired = room.name(scenario.kind), []
    for number, now in scenario.happens(room):
        alarms.check(now)
        fired += [number] if name in alarms.firing else []
    assert fired == list(scenario.firing)


@pytest.mark.parametrize("scenario", [one for one in SCENARIOS if one.title != "cold"], ids=str)
def test_what_is_switched_off_or_retired_is_not_told_of(room: Room, scenario: Scenario) -> None:
    alarms = Alarms(room, scenario.rule, scenario.kind)
    name = room.name(scenario.kind)
    for number, now in scenario.happens(room):
        if number != scenario.firing[0]:
            continue
        alarms.check(now)
        assert name in alarms.firing
        room.set(scenario.rule, scenario.kind, off=True)
        alarms.check(now)
        assert name not in room.told(scenario.rule, scenario.kind, now)
        room.set(scenario.rule, scenario.kind, off=False)
        alarms.check(now)
        assert name in room.told(scenario.rule, scenario.kind, now)
        if scenario.retired is not None:
            room.retire(scenario.retired)
            # Where a sensor was retired Hutch knows nothing of its location, for a day.
            if scenario.kind.value == scenario.retired.value:
                alarms.check(now)
            assert name not in room.told(scenario.rule, scenario.kind, now)


@pytest.mark.parametrize(
    "scenario", [one for one in SCENARIOS if RULES[one.rule].alert.sides and one.title != "cold"], ids=str
)
def test_what_people_set_counts_from_then_on_and_the_default_when_they_take_it_back(
    room: Room, scenario: Scenario
) -> None:
    alarms = Alarms(room, scenario.rule, scenario.kind)
    name, side = room.name(scenario.kind), RULES[scenario.rule].alert.sides[-1]
    for number, now in scenario.happens(room):
        if number != scenario.firing[0]:
            continue
        alarms.check(now)
        limit = alarms.found[name].threshold
        assert name in alarms.firing
        assert limit is not None
        elsewhere = limit * (3 if side is Side.HIGH else 0.1)
        room.set(scenario.rule, scenario.kind, "", **{str(side): elsewhere})
        alarms.check(now)
        assert name not in alarms.firing
        room.set(scenario.rule, scenario.kind, "", **{f"{side}_default": True})
        alarms.check(now)
        if scenario.rule not in ("humidity", "no_feed") and scenario.kind not in _UNSET:
            assert name in alarms.firing
