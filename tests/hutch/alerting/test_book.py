"""What is written, and how seldom: an SD card is not written for a look at which nothing happened."""

from datetime import timedelta
from pathlib import Path

import pytest

from hutch.alerting.book import Book
from hutch.alerting.config import ContactSection
from influx import alarms
from tests.hutch.alerting.home import NOW, config
from tests.hutch.alerting.test_letters import alarm


def test_what_goes_on_firing_is_written_every_few_minutes_alone(tmp_path: Path) -> None:
    book, path = Book(tmp_path, config(tmp_path, 25).alerts), tmp_path / alarms.FILE
    written = [path.read_bytes()]
    for look in range(46):
        now = NOW + look * timedelta(seconds=20)
        with book.changed() as kept:
            one = alarm("hutch", value=30 + look / 10, known=now)
            kept.alarms[one.key] = one
            kept.looked = now
        if path.read_bytes() != written[-1]:
            written.append(path.read_bytes())
    assert len(written[1:]) == 4, "when it began, and after 5, 10 and 15 min"
    assert alarms.read(tmp_path).alarms[one.key].value == one.value


def test_a_file_that_cannot_be_read_is_logged_by_who_begins_it_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / alarms.FILE).write_text("{")
    assert alarms.read(tmp_path).trouble == "alerts.json cannot be read"
    assert caplog.text == ""
    assert Book(tmp_path, config(tmp_path, 25).alerts).read().trouble == ""
    assert caplog.text.count("what fires is begun anew") == 1
    assert alarms.read(tmp_path).trouble == ""


def test_of_an_address_a_host_alone_is_shown() -> None:
    for to in (
        "https://example.org?token=psst",
        "https://example.org#psst",
        "https://me:psst@example.org/psst",
    ):
        assert ContactSection(name="hook", kind="webhook", to=to).shown == "example.org"
