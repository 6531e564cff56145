"""``/alerts/config``: ``no_event_threshold``, the safe temperature, any other rule, and whose mails."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from api.access.caller import Caller
from api.alerts import thresholds
from api.alerts.change import AlertConfig, minutes
from api.problems import Problem
from influx import points
from influx.registry import Kind, Thing, retirement
from influx.schema import ALERT_SETTING, GAS
from influx.windows import ALL_TIME, WindowError
from tests.api.home import NOW, Home, event, reading

MISO = {"rule": "no_event", "subject_kind": "pet", "subject": "miso"}


@pytest.fixture
def seen(home: Home) -> Home:
    """A home where miso was seen in the hutch."""
    home.store(event(NOW - timedelta(hours=1)).point())
    return home


def setting(client: httpx.Client, rule: str, subject: str) -> dict[str, Any]:
    found = [
        one
        for one in client.get("/alerts/config").json()["settings"]
        if (one["rule"], one["subject"]) == (rule, subject)
    ]
    assert len(found) == 1, f"{rule} of {subject} is listed {len(found)} times"
    return dict(found[0])


def post(client: httpx.Client, **body: Any) -> httpx.Response:
    return client.post("/alerts/config", json=body)


@pytest.mark.parametrize("threshold", [120, "120", "2h", "2 hours", "120 min", "PT2H", "7200s"])
def test_no_event_threshold_is_in_minutes_or_a_length(
    seen: Home, client: httpx.Client, threshold: Any
) -> None:
    answer = post(client, pet="miso", no_event_threshold=threshold)
    assert answer.status_code == 200
    assert answer.json()["message"] == "Nothing seen, pet miso: above 120 min."
    told = setting(client, "no_event", "miso")
    assert told == {
        **MISO,
        "unit": "min",
        "high": 120,
        "default": {"high": 480},
        "off": False,
        "set_at": "2026-05-28T14:00:00Z",
    }


def test_the_seeds_own_body_sets_it_for_the_whole_home(home: Home, client: httpx.Client) -> None:
    assert (
        post(client, no_event_threshold=90).json()["message"] == "Nothing seen, the whole home: above 90 min."
    )
    home.deliver()
    [point] = home.context.store.latest(ALERT_SETTING.name, ALL_TIME)
    assert point.tags == {"rule": "no_event", "subject_kind": "home", "subject": "home"}
    assert point.fields == {"high": 90.0, "high_default": False}


@pytest.mark.parametrize("subject", [{"camera": "cage"}, {"location": "nursery"}, {"pet": "miso"}, {}])
def test_null_is_the_default_again(seen: Home, client: httpx.Client, subject: dict[str, str]) -> None:
    [name] = subject.values() or ["home"]
    default = setting(client, "no_event", name)["high"]
    post(client, **subject, no_event_threshold=30)
    assert setting(client, "no_event", name)["high"] == 30
    assert post(client, **subject, no_event_threshold=None).status_code == 200
    assert setting(client, "no_event", name)["high"] == default


def test_a_safe_range_in_fahrenheit_is_that_of_the_overview(home: Home, client: httpx.Client) -> None:
    home.store(reading(NOW, 24.5))
    assert "Too warm" in client.get("/pages/parts/locations").text
    answer = post(client, location="hutch", safe_temperature={"low": 60, "high": 77, "unit": "F"})
    [told] = answer.json()["settings"]
    assert (told["low"], told["high"], told["unit"]) == (15.556, 25, "°C")
    shown = client.get("/pages/parts/locations").text
    assert "Too warm" not in shown
    assert "Safe from 15.6 to 25.0" in shown
    post(client, location="hutch", safe_temperature=None)
    assert "Too warm" in client.get("/pages/parts/locations").text, "the configuration's again"


def test_a_side_that_is_left_out_stays(home: Home, client: httpx.Client) -> None:
    post(client, location="nursery", safe_temperature={"low": 18, "high": 22})
    post(client, location="nursery", safe_temperature={"high": 23})
    told = setting(client, "temperature", "nursery")
    assert (told["low"], told["high"]) == (18, 23)


def test_the_range_of_a_pet_or_camera_narrows_that_of_its_place(seen: Home, client: httpx.Client) -> None:
    seen.store(reading(NOW, 21))
    post(client, pet="miso", safe_temperature={"high": 20})
    post(client, camera="cage", safe_temperature={"low": 17})
    shown = client.get("/pages/parts/locations").text
    assert "Too warm" in shown
    assert "Safe from 17.0 to 20.0" in shown
    seen.clock.moment = NOW + timedelta(days=2)
    seen.store(reading(seen.clock.moment, 21))
    assert "Safe from 17.0 to 20.0" in client.get("/pages/parts/locations").text, "nobody saw miso leave"
    seen.store(retirement(Thing(Kind.PET, "miso", "pi"), seen.clock.moment))
    assert "Safe from 17.0 to 23.9" in client.get("/pages/parts/locations").text, "miso is not there any more"


def test_any_rule_is_set_by_its_name(home: Home, client: httpx.Client) -> None:
    tags = {"node": "lora", "sensor": "lora", "gas": "CO", "channel": "0", "location": "hutch"}
    home.store(points.make(GAS, tags, {"concentration": 3.0}, NOW - timedelta(hours=1)))
    told = setting(client, "gas", "CO")
    assert (told["high"], told["unit"]) == (35, "ppm"), "the hour that the EPA and the day that NIOSH allow"
    post(client, gas="CO", rules={"gas": {"high": 20}})
    post(
        client,
        location="nursery",
        rules={"humidity": {"low": 40, "high": 60}, "temperature_change": {"off": True}},
    )
    assert setting(client, "gas", "CO")["high"] == 20
    assert setting(client, "humidity", "nursery")["low"] == 40
    change = setting(client, "temperature_change", "nursery")
    assert (change["off"], change["high"], change["default"]) == (True, None, {"high": 4})


def test_every_rule_is_told_with_its_sentence(client: httpx.Client) -> None:
    rules = client.get("/alerts/config").json()["rules"]
    assert rules[0] == {
        "name": "temperature",
        "title": "Too cold or too warm",
        "unit": "°C",
        "subject_kinds": ["location", "pet", "camera"],
        "thresholds": ["low", "high"],
        "sentence": "The temperature left the safe range. "
        "A pet's or camera's range narrows that of the location it is in.",
    }


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({}, 422, "There is nothing to set; give no_event_threshold"),
        ({"pet": "miso"}, 422, "There is nothing to set"),
        (
            {"no_event_threshold": "soon"},
            422,
            "'soon' is no length of time; write it like 90",
        ),
        ({"no_event_threshold": 0}, 422, "no_event high must be from 1 to 525600 min, not 0"),
        ({"no_event_threshold": -5}, 422, "must be from 1 to 525600"),
        ({"no_event_threshold": True}, 422, "no_event_threshold"),
        ({"safe_temperature": {"low": 18}}, 422, "temperature is set for a location or a pet or a camera"),
        (
            {"location": "hutch", "safe_temperature": {}},
            422,
            "nothing to set of temperature; give low",
        ),
        (
            {"location": "hutch", "safe_temperature": {"low": 20, "high": 18}},
            422,
            "temperature low 20 must be below high 18 °C.",
        ),
        (
            {"location": "hutch", "safe_temperature": {"low": 1e5, "unit": "F"}},
            422,
            "must be from -50 to 80 °C",
        ),
        (
            {"location": "hutch", "safe_temperature": {"low": 1, "unit": "K"}},
            422,
            "should be 'C' or 'F'",
        ),
        (
            {"location": "attic", "no_event_threshold": 5},
            404,
            "no location 'attic'; there are hutch",
        ),
        ({"camera": "nope", "no_event_threshold": 5}, 404, "no camera 'nope'; there are cage, cot."),
        ({"pet": "rex", "no_event_threshold": 5}, 404, "There is no pet 'rex'"),
        ({"pet": "miso", "camera": "cage", "no_event_threshold": 5}, 422, "Give one of pet and camera"),
        ({"camera": "cage", "rules": {"tides": {"high": 5}}}, 422, "There is no alert rule 'tides'"),
        ({"camera": "cage", "rules": {"dark": {"high": 0.5}}}, 422, "dark has no high threshold"),
        ({"mails": {"tides": True}}, 422, "There is no alert rule 'tides'"),
        ({"pet": "miso", "no_event_threshold": 1e300}, 422, "may be 1000000 minutes at most"),
        ({"pet": "miso", "no_event_threshold": "9999w"}, 422, "may be 1000000 minutes at most"),
        ({"no_event_treshold": 5}, 422, "no_event_treshold is not known here"),
    ],
)
def test_what_cannot_be_set_gets_a_sentence(
    empty_client: httpx.Client, body: dict[str, Any], status: int, words: str
) -> None:
    answer = empty_client.post("/alerts/config", json=body)
    assert (answer.status_code, words in answer.json()["detail"]) == (status, True), answer.text


def test_everybody_chooses_their_own_mails(home: Home, client: httpx.Client) -> None:
    before = client.get("/alerts/config").json()
    assert before["sends_mail"] is False, "nobody is told before a contact point is configured"
    assert set(before["mails"].values()) == {True}, "the owner gets all until told otherwise"
    answer = client.post("/alerts/mails", json={"gas": False})
    assert answer.json()["mails"]["gas"] is False
    post(client, mails={"silence": False})
    mails = client.get("/alerts/config").json()["mails"]
    assert {name for name, wanted in mails.items() if not wanted} == {"gas", "silence"}
    home.deliver()
    wishes = home.context.store.latest(ALERT_SETTING.name, ALL_TIME)
    assert {(point.tags["rule"], point.tags["subject"], point.fields["wanted"]) for point in wishes} == {
        ("gas", "local", False),
        ("silence", "local", False),
    }


def test_a_viewer_gets_no_mail_until_asked_for_and_a_device_none(home: Home) -> None:
    grandma = Caller("grandma", "user", "viewer")
    assert set(thresholds.wanted({}, grandma).values()) == {False}
    home.store(*thresholds.wishes(home.context, grandma, {"no_feed": True}))
    found = thresholds.settings(home.context)
    assert [name for name, wanted in thresholds.wanted(found, grandma).items() if wanted] == ["no_feed"]
    with pytest.raises(Problem, match="dongle is a device, and gets no mails"):
        thresholds.configure(home.context, Caller("dongle", "device"), AlertConfig(mails={"gas": True}))


def test_settings_say_when_the_store_is_away(cut_off: tuple[Home, httpx.Client]) -> None:
    _home, client = cut_off
    for answer in (client.get("/alerts/config"), post(client, no_event_threshold=5)):
        assert answer.status_code == 503
        assert "retry-after" in answer.headers


@pytest.mark.parametrize(
    ("text", "expected"),
    [("90", 90), ("1.5h", 90), ("2 HOURS", 120), ("1 day", 1440), ("P1D", 1440), ("1w", 10080)],
)
def test_lengths_as_people_write_them(text: str, expected: float) -> None:
    assert minutes(text, "x") == expected


@pytest.mark.parametrize("text", ["", "h", "2x", "-2h", "1e9", "∞"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(WindowError, match="is no length of time"):
        minutes(text, "x")
