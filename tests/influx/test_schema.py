"""The vocabulary, and the page made of it."""

import subprocess
import sys

import pytest

from influx import schema_md
from influx.buckets import BUCKETS
from influx.schema import ENVIRONMENT, EVENT_TYPES, MEASUREMENTS, ROLLUPS, STILL_EVENT_TYPES


def test_no_word_means_two_things_in_one_measurement() -> None:
    for measurement in MEASUREMENTS.values():
        words = [*measurement.tag_names, *measurement.field_names, "time"]
        assert len(set(words)) == len(words), f"{measurement.name} has a word twice"


def test_every_measurement_lives_in_a_bucket_with_a_retention() -> None:
    assert {measurement.bucket for measurement in MEASUREMENTS.values()} <= set(BUCKETS)


def test_words_are_plain_so_that_no_language_needs_to_escape_them() -> None:
    for measurement in MEASUREMENTS.values():
        for word in (measurement.name, *measurement.tag_names, *measurement.field_names):
            assert word.isidentifier()
            assert word == word.lower()
            assert not word.startswith("_"), f"{word}: InfluxDB keeps such names for itself"


def test_an_unknown_word_is_named_with_those_that_exist() -> None:
    with pytest.raises(KeyError, match="no field 'colour'; it has temperature, humidity, pressure"):
        ENVIRONMENT.field("colour")
    with pytest.raises(KeyError, match="no tag 'colour'; it has location, node, sensor"):
        ENVIRONMENT.tag("colour")
    assert ENVIRONMENT.tag("node").name == "node"


def test_every_event_type_is_dynamic_or_still() -> None:
    assert {"passing", "playing", "motion", *STILL_EVENT_TYPES} <= EVENT_TYPES


def test_the_committed_page_is_the_one_generated() -> None:
    assert schema_md.PATH.read_text(encoding="utf-8") == schema_md.render(), "run `make generate`"


def test_the_page_names_everything() -> None:
    page = schema_md.render()
    rollups = {spec.name for both in ROLLUPS.values() for spec in both}
    for measurement in MEASUREMENTS.values():
        assert measurement.name in page
        # Of rollups the page tells the numbers they are made of.
        fields = () if measurement.name in rollups else measurement.field_names
        for word in (*measurement.tag_names, *fields, *BUCKETS):
            assert f"`{word}`" in page


def test_the_page_can_be_checked_by_a_command() -> None:
    command = [sys.executable, "-m", "influx.schema_md"]
    assert subprocess.run([*command, "--check"], check=False).returncode == 0
    wrong = subprocess.run([*command, "--fix"], check=False, capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "usage" in wrong.stderr
