import math

import pytest

from vision.motion import Blob, Box
from vision.tracker import MOST, PATIENCE, Track, Tracker

PERIOD = 0.2


def blob(x: float, y: float = 0.5, *, size: float = 0.1, moving: float = 0.5) -> Blob:
    half = size / 2
    return Blob(Box(x - half, y - half, x + half, y + half), x, y, size * size, moving)


class Play:
    """Looks at made-up blobs, five a second."""

    def __init__(self) -> None:
        self.tracker = Tracker()
        self.at = 0.0

    def look(self, *blobs: Blob) -> list[Track]:
        self.at = round(self.at + PERIOD, 3)
        return self.tracker.update(blobs, self.at)

    def walk(self, start: float, end: float, looks: int, y: float = 0.5) -> list[Track]:
        for n in range(looks):
            tracks = self.look(blob(start + (end - start) * n / max(looks - 1, 1), y))
        return tracks


def test_a_walk_is_one_track_from_its_first_blob_on() -> None:
    play = Play()
    (track,) = play.walk(0.0, 1.0, 20)
    assert track.id == 1
    assert track.born == pytest.approx(PERIOD)
    assert track.last.at == play.at
    assert len(track.steps) == 20


def test_a_blob_seen_twice_is_noise() -> None:
    play = Play()
    assert play.look(blob(0.5)) == []
    assert play.look(blob(0.5)) == []
    assert all(play.look() == [] for _ in range(20))


def test_what_appears_and_never_moves_becomes_background_without_a_track() -> None:
    play = Play()
    play.look(blob(0.5, moving=1.0))
    settled = []
    for _ in range(20):
        assert play.look(blob(0.5, moving=0.0)) == []
        settled += play.tracker.settled
    assert settled == [blob(0.5).box], "a chair that was shifted is taken into the background, once"


@pytest.mark.parametrize(("missing", "same"), [(PATIENCE - 2 * PERIOD, True), (PATIENCE + PERIOD, False)])
def test_a_track_survives_a_short_gap_and_no_long_one(missing: float, same: bool) -> None:
    play = Play()
    play.walk(0.3, 0.4, 6)
    for _ in range(round(missing / PERIOD)):
        play.look()
    (track,) = play.walk(0.42, 0.5, 5)
    assert (track.id == 1) is same


def test_parts_of_one_animal_are_one_track() -> None:
    play = Play()
    for n in range(20):
        x = 0.2 + n * 0.02
        tracks = play.look(blob(x, size=0.1), blob(x + 0.09, 0.45, size=0.04))
    assert [track.id for track in tracks] == [1]
    assert tracks[0].last.box.right == pytest.approx(0.58 + 0.11)


def test_two_animals_keep_their_tracks_while_they_pass_each_other() -> None:
    play = Play()
    for n in range(21):
        left, right = 0.1 + n * 0.04, 0.9 - n * 0.04
        tracks = play.look(blob(left, 0.3), blob(right, 0.7))
    assert [(track.id, round(track.last.x, 1)) for track in tracks] == [(1, 0.9), (2, 0.1)]


def test_two_that_merge_into_one_blob_and_part_again_are_still_two() -> None:
    play = Play()
    for n in range(10):
        play.look(blob(0.2 + n * 0.025), blob(0.8 - n * 0.025))
    for _ in range(8):
        tracks = play.look(blob(0.5, size=0.2))
        assert len(tracks) == 2, "one is hidden behind the other"
    for n in range(10):
        tracks = play.look(blob(0.42 - n * 0.025), blob(0.58 + n * 0.025))
    assert sorted(track.id for track in tracks) == [1, 2]


def test_one_that_stays_merged_is_over_after_a_while() -> None:
    play = Play()
    for n in range(10):
        play.look(blob(0.2 + n * 0.025), blob(0.8 - n * 0.025))
    for _ in range(60):
        tracks = play.look(blob(0.5, size=0.2))
    assert len(tracks) == 1


def test_what_comes_off_a_track_must_last_to_be_another() -> None:
    play = Play()
    play.walk(0.3, 0.5, 10)
    ids = set()
    for n in range(6):
        ids |= {track.id for track in play.look(blob(0.5), blob(0.63 + n * 0.002, size=0.03))}
    assert ids == {1}, "a foot or a shadow is no second animal"
    for _ in range(10):
        ids |= {track.id for track in play.look(blob(0.5), blob(0.66, size=0.03))}
    assert len(ids) == 2, "but something that stays apart is"


def test_a_track_that_stands_still_for_a_minute_becomes_background() -> None:
    play = Play()
    play.walk(0.2, 0.5, 10)
    began = play.at
    while play.look(blob(0.5, moving=0.0)):
        assert play.at - began < 90, "it is never given up"
    assert play.at - began == pytest.approx(60, abs=1)
    assert play.tracker.settled == [blob(0.5).box]


def test_ids_are_never_used_again() -> None:
    play = Play()
    seen: list[int] = []
    for _ in range(5):
        seen += [track.id for track in play.walk(0.1, 0.5, 8)]
        for _ in range(15):
            play.look()
    assert seen == sorted(set(seen))
    assert Tracker(play.tracker.ids).ids == play.tracker.ids


def test_of_very_many_only_the_largest_are_followed_and_stay(caplog: pytest.LogCaptureFixture) -> None:
    play = Play()
    storm = [blob(0.06 + 0.125 * (n % 8), 0.08 + 0.165 * (n // 8), size=0.02 + 0.001 * n) for n in range(48)]
    followed: list[list[Track]] = [play.look(*storm) for _ in range(100)]
    ids = [{track.id for track in tracks} for tracks in followed if tracks]
    assert len(ids) > 90
    assert all(known == ids[0] for known in ids), "which are followed changes from look to look"
    assert {track.last.box for track in followed[-1]} == {one.box for one in storm[-MOST:]}
    assert caplog.text.count("more than 8 things move at once") == 1
    for _ in range(15):
        play.look()
    assert len(play.walk(0.2, 0.6, 10)) == 1, "there is no room when the storm is over"


def test_a_track_looks_ahead_for_half_a_second_only() -> None:
    play = Play()
    (track,) = play.walk(0.2, 0.4, 11)
    speed = 0.02 / PERIOD
    assert track.expected(play.at + 0.4).x == pytest.approx(0.4 + 0.4 * speed)
    assert track.expected(play.at + 60).x == pytest.approx(0.4 + 0.5 * speed)
    assert math.isclose(track.expected(play.at + 60).y, 0.5)


def test_a_step_says_how_full_its_box_is_and_where_in_it_something_stirs() -> None:
    play = Play()
    for n in range(4):
        x = 0.3 + n * 0.02
        head = Blob(Box(x, 0.2, x + 0.1, 0.4), x + 0.05, 0.3, 0.01, 0.5, x + 0.05, 0.25)
        body = Blob(Box(x, 0.4, x + 0.2, 0.6), x + 0.1, 0.5, 0.03, 0.0)
        tracks = play.look(head, body)
    (track,) = tracks
    assert track.last.fill == pytest.approx(0.04 / (0.2 * 0.4))
    assert (track.last.stir_x, track.last.stir_y) == pytest.approx((0.25, 0.125))
    (track,) = play.look(blob(0.4, moving=0.0))
    assert (track.last.stir_x, track.last.stir_y) == (0.5, 0.5)


def test_a_step_says_how_near_the_nearest_other_is() -> None:
    play = Play()
    (track,) = play.walk(0.1, 0.2, 6)
    assert track.last.near == math.inf
    for n in range(6):
        tracks = play.look(blob(0.2 + n * 0.01, 0.5), blob(0.8 - n * 0.01, 0.5))
    one, other = tracks
    assert one.last.near == other.last.near == pytest.approx(0.4)
    for n in range(6):
        one, other = play.look(blob(0.25 + n * 0.01, 0.5 - n * 0.08), blob(0.75 - n * 0.01, 0.5 + n * 0.08))
    assert one.last.near == pytest.approx(math.hypot(0.3, 0.7 * 9 / 16))
