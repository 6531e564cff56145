"""When something is due again."""

from vision.pace import Pace


def test_a_pause_lasts_as_long_as_was_said_and_not_before_it_began() -> None:
    pace = Pace()
    assert pace.is_due(0)
    pace.pause(100, 5)
    assert not any(pace.is_due(at) for at in (100, 104.9))
    assert pace.is_due(105)
    assert pace.is_due(99), "the clock was set back"
    pace.pause(104, 0)
    assert pace.is_due(104)
