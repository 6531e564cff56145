"""Several letters as one: what is still wrong leads, and what is tried next."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hutch.alerting.batches import is_due, joined, next_batch
from influx.alarms import Letter
from influx.rule import Severity

NOW = datetime(2031, 3, 1, 12, tzinfo=UTC)
HUTCH, ATTIC, DISK = "temperature/location/hutch", "temperature/location/attic", "storage/node/pi"


def letter(
    subject: str, alarms: tuple[str, ...], fires: tuple[str, ...] | None = None, **more: Any
) -> Letter:
    what = "over" if fires == () else "fires"
    known = {
        "id": subject, "contact": "me", "made": NOW, "not_before": NOW, "what": what,
        "severity": Severity.CRITICAL, "subject": subject, "text": f"{subject}.\n", "alarms": alarms,
        "fires": alarms if fires is None else fires,
    }  # fmt: skip
    return Letter.model_validate(known | more)


def test_what_is_still_wrong_leads_and_is_no_good_news() -> None:
    one = joined([letter("hutch is too warm", (HUTCH,)), letter("attic is safe", (ATTIC,), ())])
    assert (one.subject, one.what) == ("hutch is too warm (2 messages)", "fires")
    assert one.text.index("hutch is too warm") < one.text.index("attic is safe")


def test_what_is_over_meanwhile_leads_no_more() -> None:
    burns = letter("both are too warm", (HUTCH, ATTIC))
    half = letter("hutch is safe", (HUTCH,), ())
    full = letter("attic is safe", (ATTIC,), ())
    assert joined([burns, half]).subject == "both are too warm (2 messages)"
    assert (joined([burns, half, full]).subject, joined([burns, half, full]).what) == (
        "attic is safe (3 messages)",
        "over",
    )


def test_what_is_critical_and_still_wrong_leads_before_a_newer_warning() -> None:
    disk = letter("the disk is full", (DISK,), severity=Severity.WARNING)
    assert joined([letter("hutch is too warm", (HUTCH,)), disk]).subject.startswith("hutch is too warm")
    one = joined([letter("hutch is too warm", (HUTCH,)), letter("hutch is safe", (HUTCH,), ()), disk])
    assert (one.subject, one.severity) == ("the disk is full (3 messages)", Severity.WARNING)


def test_the_leading_one_of_many_is_never_left_out() -> None:
    many = [letter(f"attic {number}", (ATTIC,), ()) for number in range(29)]
    one = joined([letter("hutch is too warm", (HUTCH,)), *many])
    assert one.text.startswith("hutch is too warm.\n")
    assert "(10 earlier messages are left out.)" in one.text


def test_what_was_tried_goes_again_as_it_was_and_after_what_is_new() -> None:
    tried = [letter("a", (HUTCH,), mail="x", tries=1), letter("b", (ATTIC,), mail="x", tries=1)]
    new = letter("c", (DISK,))
    assert next_batch(tried) == tried
    assert next_batch([*tried, new]) == [new]
    assert next_batch([*tried, new.model_copy(update={"tries": 2})]) == tried
    assert next_batch([new.model_copy(update={"tries": 1}), *tried]) == tried, "who is alone goes first"
    assert next_batch([]) == []


def test_what_waits_for_a_moment_that_never_was_waits_no_more() -> None:
    ahead = NOW + timedelta(days=400)
    assert is_due(letter("a", (), made=ahead, not_before=ahead), NOW), "the clock was set back since"
    assert is_due(letter("a", (), made=ahead, not_before=ahead + timedelta(hours=8)), NOW)
    assert not is_due(letter("a", (), not_before=NOW + timedelta(hours=8)), NOW)
