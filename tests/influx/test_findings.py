"""Every alert rule: data in, what is found out; the same over both stores."""

import itertools
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx import alert_rules, alert_settings
from influx.alert_rules import HOME, Side, SubjectKind, Thresholds
from influx.alert_settings import Subject
from influx.config import InfluxSection, Location
from influx.connect import connect
from influx.findings import Finding, Verdict, evaluate, unanswered, verdict_of
from influx.measured import Asked, Home
from influx.points import Point, line, make
from influx.registry import Kind, Thing, announcement, patience, retirement
from influx.rule import Margin, Severity
from influx.rules import RULES
from influx.schema import (
    BACKUP,
    BASELINE,
    CAMERA,
    ENVIRONMENT,
    GAS,
    JOURNAL,
    NO_PET,
    NODE,
    PERSON,
    PET_ACTIVE_15M,
    PET_EVENT,
    PIPELINE,
    VOLUME,
)
from influx.store import Store
from tests.influx.conftest import FOREVER

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=30)
_numbers = itertools.count()


class Place:
    """Names of its own in a store that tests share: a location with a safe range, and what is in it."""

    def __init__(self, store: Store) -> None:
        number = next(_numbers)
        self.store = store
        self.location, self.node, self.sensor = f"room-{number}", f"node-{number}", f"hat-{number}"
        self.pet, self.camera, self.person = f"pet-{number}", f"camera-{number}", f"child-{number}"
        self.gas = f"G{number}"
        place = Location(
            name=self.location, temperature_low=15.6, temperature_high=23.9, temperature_disagreement=2
        )
        self.home = Home(
            (place,),
            {self.camera: self.location},
            lambda thing: patience(thing.kind, timedelta(minutes=1)),
            FOREVER,
            ZoneInfo("Europe/Zurich"),
        )

    @property
    def names(self) -> set[str]:
        return {self.location, self.node, self.sensor, self.pet, self.camera, self.person, self.gas, HOME}

    def put(self, *given: Point | Iterable[Point]) -> None:
        for each in given:
            for point in [each] if isinstance(each, Point) else each:
                self.store.write(point.measurement, [line(point)])

    def climate(self, moment: datetime, sensor: str = "", **fields: float) -> Point:
        tags = {"node": self.node, "sensor": sensor or self.sensor, "location": self.location}
        return make(ENVIRONMENT, tags, fields, moment)

    def event(
        self, moment: datetime, event_type: str = "passing", pet: str = "", duration: float = 8
    ) -> Point:
        tags = {
            "camera": self.camera, "location": self.location, "pet": pet or self.pet, "event_type": event_type
        }  # fmt: skip
        return make(PET_EVENT, tags, {"event_id": f"e{moment.timestamp()}", "duration": duration}, moment)

    def seen(self, moment: datetime, **fields: float) -> Point:
        return make(
            CAMERA, {"node": self.node, "camera": self.camera}, {**fields, "state": "running"}, moment
        )

    def expect(self, kind: Kind, name: str, since: datetime = SINCE) -> None:
        self.put(announcement(Thing(kind, name, self.node), since))

    def set(self, rule: str, kind: SubjectKind, name: str, moment: datetime = SINCE, **sides: float) -> None:
        thresholds = {Side(side): value for side, value in sides.items()}
        self.put(alert_settings.change(alert_rules.RULES[rule], Subject(kind, name), thresholds, moment))

    def off(self, rule: str, kind: SubjectKind, name: str) -> None:
        self.put(alert_settings.change(alert_rules.RULES[rule], Subject(kind, name), {}, SINCE, off=True))

    def found(self, now: datetime = NOW) -> dict[tuple[str, str], Finding]:
        findings = evaluate(Asked(self.store, self.home, now))
        return {(one.rule, one.subject.name): one for one in findings if one.subject.name in self.names}

    def verdict(self, rule: str, name: str, now: datetime = NOW) -> Verdict | None:
        finding = self.found(now).get((rule, name))
        return None if finding is None else finding.verdict


@pytest.fixture
def place(store: Store) -> Place:
    return Place(store)


def ago(**length: float) -> datetime:
    return NOW - timedelta(**length)


def test_every_alert_that_a_person_can_choose_is_asked_somehow() -> None:
    assert list(RULES) == list(alert_rules.RULES)
    for rule in RULES.values():
        assert set(rule.kinds) <= set(rule.alert.kinds), rule.alert.name
        for name in rule.fields:
            rule.measurement.field(name)
        for tag in (*rule.only, *rule.never):
            rule.measurement.tag(tag)
        for side in rule.alert.sides:
            assert rule.words.beyond(side), f"{rule.alert.name} has no words for {side}"


@pytest.mark.parametrize(
    ("temperature", "verdict", "side"),
    [
        (23.9, Verdict.EDGE, Side.HIGH),
        (23.95, Verdict.BEYOND, Side.HIGH),
        (23.5, Verdict.INSIDE, Side.HIGH),
        (15.6, Verdict.EDGE, Side.LOW),
        (15.5, Verdict.BEYOND, Side.LOW),
        (16.0, Verdict.INSIDE, Side.LOW),
    ],
)
def test_a_temperature_is_judged_by_the_range_of_the_configuration(
    place: Place, temperature: float, verdict: Verdict, side: Side
) -> None:
    place.put(place.climate(ago(minutes=1), temperature=temperature))
    found = place.found()["temperature", place.location]
    assert (found.verdict, found.side, found.value) == (verdict, side, temperature)
    assert (found.since, found.severity, found.unit) == (ago(minutes=1), Severity.CRITICAL, "°C")


def test_what_a_person_set_wins_and_a_pets_range_narrows_it(place: Place) -> None:
    place.put(place.climate(ago(minutes=1), temperature=22))
    assert place.verdict("temperature", place.location) is Verdict.INSIDE
    place.set("temperature", SubjectKind.LOCATION, place.location, high=25)
    place.set("temperature", SubjectKind.PET, place.pet, high=21)
    assert place.found()["temperature", place.location].threshold == 25
    place.put(place.event(ago(hours=2)))
    found = place.found()["temperature", place.location]
    assert (found.verdict, found.threshold) == (Verdict.BEYOND, 21)
    place.set("temperature", SubjectKind.CAMERA, place.camera, high=20)
    assert place.found()["temperature", place.location].threshold == 20


def test_a_pet_is_where_it_was_last_seen_however_long_ago_until_it_is_retired(place: Place) -> None:
    place.put(place.climate(ago(minutes=1), temperature=22))
    place.set("temperature", SubjectKind.PET, place.pet, high=21)
    place.expect(Kind.PET, place.pet)
    place.put(place.event(ago(days=20)))
    assert place.verdict("temperature", place.location) is Verdict.BEYOND, "no camera sees it at present"
    elsewhere = {"camera": "other", "location": "elsewhere", "pet": place.pet, "event_type": "passing"}
    place.put(make(PET_EVENT, elsewhere, {"event_id": "x", "duration": 1.0}, ago(days=19)))
    assert place.verdict("temperature", place.location) is Verdict.INSIDE, "it moved"
    place.put(place.event(ago(days=18)))
    place.put(retirement(Thing(Kind.PET, place.pet, place.node), ago(hours=1)))
    assert place.verdict("temperature", place.location) is Verdict.INSIDE, "it lives here no longer"


def test_who_is_retired_is_not_missed_though_somebody_set_for_how_long(place: Place) -> None:
    place.expect(Kind.PET, place.pet)
    place.set("no_event", SubjectKind.PET, place.pet, high=60)
    assert place.verdict("no_event", place.pet) is Verdict.BEYOND
    place.put(retirement(Thing(Kind.PET, place.pet, place.node), ago(hours=1)))
    assert place.verdict("no_event", place.pet) is None, "it lives here no longer"


def test_one_sensor_that_is_wrong_does_not_outvote_two(place: Place) -> None:
    place.put(place.climate(ago(minutes=1), sensor, temperature=20) for sensor in ("a", "b"))
    place.put(place.climate(ago(minutes=1), "c", temperature=85))
    found = place.found()
    assert found["temperature", place.location].verdict is Verdict.INSIDE
    assert found["disagreement", place.location].verdict is Verdict.BEYOND


@pytest.mark.parametrize(("warm", "cool", "shown"), [(29, 18, 29), (20, 12, 12), (29, 12, 29)])
def test_of_two_sensors_the_one_that_is_worse_speaks(
    place: Place, warm: float, cool: float, shown: float
) -> None:
    place.put(place.climate(ago(minutes=2), "warm", temperature=warm))
    place.put(place.climate(ago(minutes=1), "cool", temperature=cool))
    found = place.found()["temperature", place.location]
    assert (found.verdict, found.value) == (Verdict.BEYOND, shown)
    assert found.since == ago(minutes=2 if shown == warm else 1), "it is of the moment that it was read"


def test_of_two_sensors_the_one_that_rises_fast_speaks(place: Place) -> None:
    for sensor, rise in (("a", 6.0), ("b", 0.0)):
        place.put(
            place.climate(ago(minutes=50 - n), sensor, temperature=18 + rise * n / 48)
            for n in range(0, 50, 2)
        )
    assert place.verdict("temperature_change", place.location) is Verdict.BEYOND


def test_a_sensor_that_died_hot_keeps_the_others_from_saying_that_all_is_safe(place: Place) -> None:
    place.put(place.climate(ago(minutes=20), "a", temperature=31))
    place.put(place.climate(ago(minutes=1), "b", temperature=20))
    found = place.found()["temperature", place.location]
    assert (found.verdict, found.value) == (Verdict.EDGE, 31), "neither begun nor over"
    assert (found.since, found.gone) == (ago(minutes=20), True)
    place.expect(Kind.SENSOR, "a")
    place.put(retirement(Thing(Kind.SENSOR, "a", place.node), ago(minutes=5)))
    assert place.verdict("temperature", place.location) is Verdict.INSIDE
    place.put(place.climate(ago(minutes=1), "b", temperature=30))
    assert place.verdict("temperature", place.location) is Verdict.BEYOND


def test_a_sensor_that_died_hot_is_forgotten_after_a_day_and_one_that_died_cool_at_once(
    place: Place,
) -> None:
    place.put(place.climate(ago(hours=25), "a", temperature=31))
    place.put(place.climate(ago(minutes=20), "c", temperature=21))
    place.put(place.climate(ago(minutes=1), "b", temperature=20))
    assert place.verdict("temperature", place.location) is Verdict.INSIDE


def test_a_gas_sensor_that_died_is_no_all_clear(place: Place) -> None:
    place.set("gas", SubjectKind.GAS, place.gas, high=50)
    for location, concentration, minutes in (("kitchen", 1280.0, 20), ("attic", 2.0, 1)):
        tags = {"node": place.node, "sensor": location, "gas": place.gas, "channel": "0"}
        point = make(
            GAS, tags | {"location": location}, {"concentration": concentration}, ago(minutes=minutes)
        )
        place.put(point)
    assert place.verdict("gas", place.gas) is Verdict.EDGE


def test_an_old_reading_is_not_current_and_no_alarm(place: Place) -> None:
    place.put(place.climate(ago(minutes=16), temperature=40))
    assert place.verdict("temperature", place.location) is None


def test_a_sensor_that_reads_once_an_hour_is_current_until_it_is_silent(place: Place) -> None:
    place.expect(Kind.SENSOR, place.sensor)
    slow = Home(place.home.locations, {}, lambda thing: timedelta(hours=3), FOREVER, place.home.zone)
    place.put(place.climate(ago(minutes=59), temperature=40))
    findings = {
        one.subject.name: one for one in evaluate(Asked(place.store, slow, NOW)) if one.rule == "temperature"
    }
    assert findings[place.location].verdict is Verdict.BEYOND


def test_a_rule_that_is_off_and_a_sensor_that_is_retired_tell_nobody(place: Place) -> None:
    place.put(place.climate(ago(minutes=1), temperature=40))
    place.off("temperature", SubjectKind.LOCATION, place.location)
    assert place.verdict("temperature", place.location) is Verdict.OFF
    place.expect(Kind.SENSOR, place.sensor)
    place.put(place.climate(ago(minutes=1), temperature=40))
    place.put(retirement(Thing(Kind.SENSOR, place.sensor, place.node), ago(minutes=2)))
    assert place.verdict("temperature", place.location) is None
    assert place.verdict("silence", place.sensor) is Verdict.OFF


@pytest.mark.parametrize(("rise", "verdict"), [(3.0, Verdict.INSIDE), (4.5, Verdict.BEYOND)])
def test_a_temperature_that_changes_fast_is_told(place: Place, rise: float, verdict: Verdict) -> None:
    place.put(place.climate(ago(minutes=50 - n), temperature=18 + rise * n / 48) for n in range(0, 50, 2))
    assert place.verdict("temperature_change", place.location) is verdict


def test_humidity_has_no_limit_until_somebody_sets_one(place: Place) -> None:
    place.put(place.climate(ago(minutes=1), humidity=85))
    assert place.verdict("humidity", place.location) is Verdict.OFF
    place.set("humidity", SubjectKind.LOCATION, place.location, low=30, high=70)
    found = place.found()["humidity", place.location]
    assert (found.verdict, found.value, found.threshold) == (Verdict.BEYOND, 85, 70)


def test_the_strongest_sensor_counts_for_a_gas(place: Place) -> None:
    for channel, concentration in (("0", 10.0), ("1", 80.0)):
        tags = {"node": place.node, "sensor": "s", "gas": place.gas, "channel": channel, "location": "x"}
        place.put(make(GAS, tags, {"concentration": concentration}, ago(minutes=1)))
    assert place.verdict("gas", place.gas) is Verdict.OFF, "nobody knows what is much of it"
    place.set("gas", SubjectKind.GAS, place.gas, high=50)
    found = place.found()["gas", place.gas]
    assert (found.verdict, found.value, found.severity) == (Verdict.BEYOND, 80, Severity.CRITICAL)
    assert alert_rules.RULES["gas"].default(SubjectKind.GAS, "CO") == Thresholds(high=35)


def test_a_pet_that_was_not_seen_for_long_is_told(place: Place) -> None:
    place.expect(Kind.PET, place.pet)
    place.put(place.event(ago(hours=8, minutes=1, seconds=8)))
    place.put(place.event(ago(hours=1), pet=NO_PET), place.event(ago(hours=1), "photo"))
    place.put(place.event(ago(hours=1), pet=PERSON))
    found = place.found()["no_event", place.pet]
    assert (found.verdict, found.value, found.since) == (Verdict.BEYOND, 481, ago(hours=8, minutes=1))
    assert not {("no_event", NO_PET), ("no_event", PERSON)} & set(place.found())
    place.put(place.event(ago(hours=1)))
    assert place.verdict("no_event", place.pet) is Verdict.INSIDE


def test_a_pet_that_was_never_seen_is_as_old_as_its_word(place: Place) -> None:
    place.expect(Kind.PET, place.pet, ago(hours=9))
    found = place.found()["no_event", place.pet]
    assert (found.verdict, found.value, found.how) == (Verdict.BEYOND, 540, "never")
    place.put(retirement(Thing(Kind.PET, place.pet, place.node), ago(minutes=1)))
    assert place.verdict("no_event", place.pet) is None


def test_a_long_sleep_is_seen_until_it_ends(place: Place) -> None:
    place.expect(Kind.PET, place.pet)
    place.put(place.event(ago(hours=9), "sleeping", duration=3600 * 4))
    assert place.found()["no_event", place.pet].value == pytest.approx(300)


def test_the_home_is_quiet_only_where_there_is_a_camera(tmp_path: Path) -> None:
    with closing(connect(InfluxSection(retention=FOREVER), tmp_path)) as empty:
        place = Place(empty)
        place.expect(Kind.SENSOR, place.sensor, ago(days=2))
        place.put(place.climate(ago(minutes=1), temperature=20))
        assert ("no_event", HOME) not in place.found()
        place.expect(Kind.CAMERA, place.camera, ago(days=2))
        assert place.verdict("no_event", HOME) is Verdict.BEYOND


def test_more_or_less_than_usual_is_told_where_enough_days_are_known(place: Place) -> None:
    # 12:00 in UTC: the newest hour that is whole and ready began at 10:00.
    def usual(days: int, mean: float, deviation: float) -> Point:
        tags = {"kind": "activity", "subject": place.pet}
        return make(BASELINE, tags, {"mean": mean, "deviation": deviation, "days": days}, ago(hours=2))

    place.put(make(PET_ACTIVE_15M, {"pet": place.pet}, {"minutes": 10}, ago(hours=2)))
    place.put(make(PET_ACTIVE_15M, {"pet": place.pet}, {"minutes": 14}, ago(hours=1, minutes=30)))
    place.put(usual(6, 4, 5))
    assert place.verdict("unusual_activity", place.pet) is None
    place.put(usual(14, 4, 5))
    found = place.found()["unusual_activity", place.pet]
    assert (found.value, found.how, found.verdict) == (4, "more", Verdict.BEYOND)
    place.put(usual(14, 40, 5))
    assert place.found()["unusual_activity", place.pet].how == "less"
    place.put(usual(14, 23, 0))
    assert place.verdict("unusual_activity", place.pet) is Verdict.INSIDE, "a minute is no deviation"


def test_unusual_behaviour_is_told_for_half_an_hour(place: Place) -> None:
    place.put(place.event(ago(minutes=29), "abnormal"), place.event(ago(minutes=5), "abnormal", pet=NO_PET))
    assert place.verdict("abnormal", place.pet) is Verdict.BEYOND
    assert place.verdict("abnormal", place.pet, NOW + timedelta(minutes=2)) is None
    also = [("abnormal", Subject(SubjectKind.PET, place.pet))]
    later = evaluate(Asked(place.store, place.home, NOW + timedelta(minutes=2)), also)
    assert [one.verdict for one in later if (one.rule, one.subject) == also[0]] == [Verdict.INSIDE]


def test_much_vocalizing_is_counted_by_the_hour(place: Place) -> None:
    place.put(place.event(ago(minutes=4 * n + 1), "vocalizing") for n in range(13))
    assert place.found()["vocalizing", place.pet].value == 13
    assert place.verdict("vocalizing", place.pet) is Verdict.BEYOND
    assert place.verdict("vocalizing", place.pet, NOW + timedelta(minutes=12)) is Verdict.EDGE


def test_no_feed_is_told_where_somebody_asked_for_it_also_before_the_first(place: Place) -> None:
    assert ("no_feed", place.person) not in place.found()
    place.set("no_feed", SubjectKind.PERSON, place.person, ago(hours=5), high=240)
    assert place.verdict("no_feed", place.person) is Verdict.BEYOND
    tags = {"person": place.person, "entry_type": "food"}
    place.put(make(JOURNAL, tags, {"amount": 90.0, "name": "ml", "entry_id": "1"}, ago(hours=1)))
    assert place.verdict("no_feed", place.person) is Verdict.INSIDE
    assert place.verdict("no_feed", place.person, NOW + timedelta(hours=3, minutes=1)) is Verdict.BEYOND


def test_silence_counts_what_never_spoke(place: Place) -> None:
    place.expect(Kind.SENSOR, place.sensor, ago(minutes=4))
    place.expect(Kind.NODE, place.node)
    place.put(make(NODE, {"node": place.node}, {"load": 1.0}, ago(seconds=20)))
    found = place.found()
    assert (found["silence", place.sensor].verdict, found["silence", place.sensor].how) == (
        Verdict.BEYOND,
        "never",
    )
    assert found["silence", place.node].verdict is Verdict.INSIDE
    place.put(place.climate(ago(seconds=10), temperature=20))
    assert place.verdict("silence", place.sensor) is Verdict.INSIDE
    place.set("silence", SubjectKind.SENSOR, place.sensor, high=60)
    assert place.verdict("silence", place.sensor, NOW + timedelta(minutes=40)) is Verdict.INSIDE
    assert place.verdict("silence", place.sensor, NOW + timedelta(minutes=61)) is Verdict.BEYOND


def test_who_is_furthest_beyond_what_may_be_quiet_speaks_for_all_of_one_name(place: Place) -> None:
    hourly, quick = Thing(Kind.SENSOR, place.sensor, "a"), Thing(Kind.SENSOR, place.sensor, "b")
    patience_of = {hourly: timedelta(hours=3), quick: timedelta(minutes=1)}
    home = Home(
        (), {}, lambda thing: patience_of.get(thing, timedelta(days=1)), FOREVER, place.home.zone
    )  # fmt: skip
    for thing, minutes in ((hourly, 50), (quick, 30)):
        tags = {"node": thing.node, "sensor": thing.name, "location": place.location}
        place.put(announcement(thing, SINCE), make(ENVIRONMENT, tags, {"humidity": 40}, ago(minutes=minutes)))

    def silent() -> Finding:
        found = evaluate(Asked(place.store, home, NOW))
        (one,) = [one for one in found if (one.rule, one.subject.name) == ("silence", place.sensor)]
        return one

    assert (silent().verdict, silent().value, silent().threshold) == (Verdict.BEYOND, 30, 1)
    place.set("silence", SubjectKind.SENSOR, place.sensor, high=40)
    assert (silent().verdict, silent().value, silent().threshold) == (Verdict.BEYOND, 50, 40)


def test_who_began_to_look_just_now_calls_nothing_silent(place: Place) -> None:
    place.expect(Kind.SENSOR, place.sensor)
    place.put(place.climate(ago(minutes=21), temperature=20))
    place.set("silence", SubjectKind.SENSOR, place.sensor, high=15)

    def verdict(looking_since: datetime) -> Verdict:
        found = evaluate(Asked(place.store, place.home, NOW, looking_since))
        (one,) = [one for one in found if (one.rule, one.subject.name) == ("silence", place.sensor)]
        return one.verdict

    assert verdict(ago(minutes=14)) is Verdict.EDGE, "what fires goes on, and nothing begins"
    assert verdict(ago(minutes=15)) is Verdict.BEYOND


@pytest.mark.parametrize(
    ("minutes", "verdict"), [(0, Verdict.INSIDE), (14, Verdict.EDGE), (16, Verdict.BEYOND)]
)
def test_a_store_that_does_not_answer_is_found_without_asking_it(minutes: float, verdict: Verdict) -> None:
    found = unanswered({}, NOW, ago(minutes=minutes))
    assert (found.rule, found.subject.name, found.verdict) == ("store", HOME, verdict)
    assert (found.value, found.severity, found.since) == (minutes, Severity.CRITICAL, ago(minutes=minutes))


def test_a_store_that_answers_says_so_at_each_look(place: Place) -> None:
    assert place.verdict("store", HOME) is Verdict.INSIDE


@pytest.mark.parametrize(
    ("rule", "fields", "verdict"),
    [
        ("dark", {"luma": 0.005}, Verdict.BEYOND),
        ("dark", {"luma": 0.012}, Verdict.EDGE),
        ("dark", {"luma": 0.02}, Verdict.INSIDE),
        ("frozen", {"still_age": 121.0}, Verdict.BEYOND),
        ("frozen", {"still_age": 60.0}, Verdict.INSIDE),
    ],
)
def test_a_camera_that_sees_nothing_or_stands_still_is_told(
    place: Place, rule: str, fields: dict[str, float], verdict: Verdict
) -> None:
    place.put(place.seen(ago(seconds=10), **fields))
    assert place.verdict(rule, place.camera) is verdict
    assert place.verdict(rule, place.camera, NOW + timedelta(minutes=4)) is None, "it is silent, not dark"


@pytest.mark.parametrize(
    ("rule", "point", "verdict"),
    [
        ("storage", lambda node: make(NODE, {"node": node}, {"disk_used": 81.0}, ago(minutes=1)), "beyond"),
        ("storage", lambda node: make(NODE, {"node": node}, {"disk_used": 79.0}, ago(minutes=1)), "edge"),
        (
            "room",
            lambda node: make(VOLUME, {"node": node, "volume": "clips"}, {"lacking": 2e6}, ago(minutes=1)),
            "beyond",
        ),
        (
            "room",
            lambda node: make(VOLUME, {"node": node, "volume": "clips"}, {"lacking": 0}, ago(minutes=1)),
            "inside",
        ),
        ("clock", lambda node: make(NODE, {"node": node}, {"clock_offset": -6.0}, ago(minutes=1)), "beyond"),
        ("clock", lambda node: make(NODE, {"node": node}, {"clock_offset": 0.1}, ago(minutes=1)), "inside"),
        (
            "spool",
            lambda node: make(
                PIPELINE, {"node": node, "part": "spool"}, {"oldest_age": 901.0}, ago(minutes=1)
            ),
            "beyond",
        ),
        (
            "spool",
            lambda node: make(
                PIPELINE, {"node": node, "part": "outbox"}, {"oldest_age": 901.0}, ago(minutes=1)
            ),
            None,
        ),
    ],
)
def test_machines_tell_of_their_disk_their_clock_and_what_waits(
    place: Place, rule: str, point: Callable[[str], Point], verdict: str | None
) -> None:
    place.put(point(place.node))
    assert place.verdict(rule, place.node) == verdict


def test_readings_that_are_given_up_or_refused_are_told(place: Place) -> None:
    def counted(minutes: float, dropped: int, rejected: int) -> Point:
        tags = {"node": place.node, "part": "spool"}
        return make(PIPELINE, tags, {"dropped": dropped, "rejected": rejected}, ago(minutes=minutes))

    place.put(counted(100, 1, 0), counted(50, 7, 2), counted(40, 7, 2), counted(30, 0, 0))
    assert place.verdict("lost", place.node) is Verdict.INSIDE, "the spool was made anew"
    place.put(counted(20, 3, 1), counted(10, 3, 2))
    found = place.found()["lost", place.node]
    assert (found.verdict, found.value) == (Verdict.BEYOND, 5)
    assert place.verdict("lost", place.node, NOW + timedelta(minutes=50)) in (Verdict.INSIDE, None)


def test_a_backup_grows_older_while_nothing_is_said_of_it(place: Place) -> None:
    place.put(make(BACKUP, {"target": "nas"}, {"age": 3600.0, "ok": True}, ago(hours=46)))
    assert place.found()["backup", HOME].value == pytest.approx(47)
    assert place.verdict("backup", HOME, NOW + timedelta(hours=2)) is Verdict.BEYOND


LIMITS = st.tuples(st.floats(-40, 60), st.floats(0.01, 60)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(LIMITS, st.floats(-60, 140), st.floats(0, 5), st.floats(0, 0.5))
def test_every_range_has_an_inside_and_nothing_is_on_both_sides(
    limits: tuple[float, float], value: float, by: float, part: float
) -> None:
    low, high = limits
    margin = Margin(by, part)
    side, verdict = verdict_of(value, Thresholds(low, high), margin)
    assert (verdict is Verdict.BEYOND) == (value < low or value > high)
    assert verdict is not Verdict.INSIDE or low <= value <= high
    middle = (low + high) / 2
    assert verdict_of(middle, Thresholds(low, high), margin)[1] is Verdict.INSIDE
    if verdict is Verdict.BEYOND:
        assert side is (Side.LOW if value < low else Side.HIGH)
