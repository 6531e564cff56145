"""Which points are refused for their time, and why."""

from datetime import timedelta

from influx.buckets import BUCKETS, bucket_name, keeps, oldest_ns, refusal
from influx.config import Retention

NOW = 1_800_000_000.0
SECOND = 10**9


def at(seconds: float) -> int:
    return round((NOW + seconds) * SECOND)


def test_buckets_are_those_of_the_configuration() -> None:
    assert BUCKETS[0] == "readings"
    assert keeps("readings", Retention()) == timedelta(days=14)
    assert keeps("journal", Retention()) is None
    assert bucket_name("readings", "home_") == "home_readings"
    assert oldest_ns("readings", NOW, Retention()) == at(-14 * 86_400)
    assert oldest_ns("journal", NOW, Retention()) is None


def test_a_point_of_the_future_is_refused_with_the_time_it_is() -> None:
    assert refusal("environment", at(600), NOW, Retention()) is None
    sentence = refusal("environment", at(3 * 3600), NOW, Retention())
    assert sentence == (
        "the point of environment at 2027-01-15T11:00:00Z lies in the future, "
        "where it is 2027-01-15T08:00:00Z now; check the clock of what sent it"
    )
    assert refusal("journal", at(601), NOW, Retention()) is not None


def test_a_point_older_than_its_bucket_keeps_is_refused_with_how_long_that_is() -> None:
    assert refusal("environment", at(-14 * 86_400), NOW, Retention()) is None
    sentence = refusal("environment", at(-14 * 86_400 - 1), NOW, Retention())
    assert sentence is not None
    assert sentence.endswith("2027-01-01T07:59:59Z is older than the 14 days that readings keeps")
    assert refusal("pet_event", at(-14 * 86_400 - 1), NOW, Retention()) is None
    assert refusal("journal", 0, NOW, Retention()) is None


def test_a_time_beyond_every_calendar_is_refused_too() -> None:
    sentence = refusal("environment", 10**30, NOW, Retention())
    assert sentence is not None
    assert f"{10**30} ns" in sentence
