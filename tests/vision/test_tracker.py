import math
import random
from dataclasses import replace

import pytest

from vision.motion import Blob, Box
from vision.tracker import MOST, PATIENCE, Track, Tracker
from vision.zones import Zone, ZoneKind

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
        assert [track.last.hidden for track in tracks] in ([False, True], [True, False])
    for n in range(10):
        tracks = play.look(blob(0.42 - n * 0.025), blob(0.58 + n * 0.025))
    assert sorted(track.id for track in tracks) == [1, 2]
    assert not any(track.last.hidden for track in tracks)


def test_one_that_stays_merged_is_over_after_a_while() -> None:
    play = Play()
    for n in range(10):
        play.look(blob(0.2 + n * 0.025), blob(0.8 - n * 0.025))
    for _ in range(60):
        tracks = play.look(blob(0.5, size=0.11))
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


def test_what_moved_where_it_appeared_and_is_still_for_a_minute_becomes_background() -> None:
    play = Play()
    play.walk(0.48, 0.5, 10)
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


DARK = tuple(0.25 if 1 <= n <= 4 else 0.0 for n in range(16))
LIGHT = tuple(0.25 if 9 <= n <= 12 else 0.0 for n in range(16))


def animal(x: float, y: float = 0.5, *, look: tuple[float, ...] = (), wide: float = 0.1) -> Blob:
    return replace(blob(x, y, size=wide), look=look)


def seen_together(one: Blob, other: Blob) -> list[Blob]:
    """What motion makes of two animals: one blob where they are closer than a few pixels."""
    if one.box.gap(other.box) > 0.01:
        return [one, other]
    box, area = one.box.union(other.box), (one.area + other.area) * 0.9
    return [Blob(box, (one.x + other.x) / 2, (one.y + other.y) / 2, area, 0.4, look=one.look)]


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("alike", [False, True], ids=["dark and light", "two alike"])
def test_two_that_cross_keep_their_ids(seed: int, alike: bool) -> None:
    chance = random.Random(seed)
    speeds = [chance.uniform(0.1, 0.3), -chance.uniform(0.1, 0.3)]
    depths = [chance.uniform(0.45, 0.55) for _ in range(2)]
    places = [0.5 - speed * 3 for speed in speeds]
    looks = [DARK, DARK if alike else LIGHT]
    play = Play()
    last: dict[int, list[float]] = {}
    for n in range(29):
        now = [
            animal(
                places[k] + speeds[k] * n * PERIOD + chance.uniform(-0.004, 0.004), depths[k], look=looks[k]
            )
            for k in range(2)
        ]
        inside = [one for one in now if 0.05 < one.x < 0.95]
        tracks = play.look(*(seen_together(*inside) if len(inside) == 2 else inside))
        for track in tracks:
            last.setdefault(track.id, []).append(track.last.x)
    assert sorted(last) == [1, 2], "each is one track"
    ways = sorted(places[-1] - places[0] for places in last.values())
    assert ways[0] < -0.3
    assert ways[1] > 0.3


@pytest.mark.parametrize("seed", range(30))
def test_two_that_meet_and_turn_back_keep_their_ids_by_their_looks(seed: int) -> None:
    chance = random.Random(seed)
    speed, wait = chance.uniform(0.1, 0.25), chance.uniform(0.5, 6)
    play = Play()
    last: dict[int, list[float]] = {}
    for n in range(int((4 + wait) / PERIOD)):
        at = n * PERIOD
        off = max(abs(at - 2 - wait / 2) - wait / 2, 0) * speed
        tracks = play.look(
            *seen_together(animal(0.47 - off, look=DARK), animal(0.53 + off, 0.52, look=LIGHT, wide=0.12))
        )
        for track in tracks:
            last.setdefault(track.id, []).append(track.last.x)
    assert sorted(last) == [1, 2]
    assert all((places[0] < 0.5) is (places[-1] < 0.5) for places in last.values())


def test_two_at_one_bowl_stay_two_as_long_as_the_blob_has_room_for_both() -> None:
    play = Play()
    for n in range(10):
        play.look(animal(0.2 + n * 0.028, look=DARK), animal(0.8 - n * 0.028, look=LIGHT))
    for _ in range(300):
        tracks = play.look(*seen_together(animal(0.46, look=DARK), animal(0.54, look=LIGHT)))
        assert [track.id for track in tracks] == [1, 2]
        assert all(track.last.near == 0 for track in tracks)


@pytest.mark.parametrize("seconds", [0.6, 1.6, 2.6])
@pytest.mark.parametrize("comes", [True, False], ids=["goes on", "comes back"])
def test_one_that_was_behind_a_chair_is_still_itself(seconds: float, comes: bool) -> None:
    play = Play()
    for n in range(10):
        play.look(animal(0.2 + n * 0.02, look=DARK))
    for _ in range(round(seconds / PERIOD)):
        play.look()
    start = 0.38 + 0.1 * seconds if comes else 0.38
    for n in range(6):
        tracks = play.look(animal(start + n * (0.02 if comes else -0.02), look=DARK))
    assert [track.id for track in tracks] == [1]


def test_another_that_comes_from_behind_the_chair_is_another() -> None:
    play = Play()
    for n in range(10):
        play.look(animal(0.2 + n * 0.02, look=DARK))
    for _ in range(8):
        play.look()
    for n in range(6):
        tracks = play.look(animal(0.5 + n * 0.02, look=LIGHT))
    assert 2 in [track.id for track in tracks]


def test_what_left_by_the_edge_is_over_at_once_and_ends_where_it_was_seen_last() -> None:
    play = Play()
    play.walk(0.3, 0.96, 12)
    gone = play.at
    for _ in range(2):
        (track,) = play.look()
        assert track.last.at == gone
    assert play.look() == []
    for n in range(6):
        tracks = play.look(blob(0.95 - n * 0.03))
    assert [track.id for track in tracks] == [2], "who comes in a moment later is another"


def test_what_left_by_a_door_is_over_at_once() -> None:
    door = Zone("flap", ZoneKind.DOOR, ((0.45, 0.4), (0.55, 0.4), (0.55, 0.6), (0.45, 0.6)))
    play = Play()
    play.tracker = Tracker(doors=[door])
    play.walk(0.2, 0.5, 10)
    for _ in range(3):
        tracks = play.look()
    assert tracks == []


def test_two_that_came_in_as_one_were_both_there_from_the_beginning() -> None:
    play = Play()
    for n in range(15):
        x = 0.1 + n * 0.02
        play.look(replace(blob(x, size=0.14), area=0.019))
    parted = play.at
    for n in range(8):
        tracks = play.look(animal(0.38 + n * 0.02), animal(0.44 + (n + 3) * 0.03, 0.55))
    assert [track.born for track in tracks] == pytest.approx([PERIOD, PERIOD])
    second = tracks[1]
    assert second.steps[0].at == pytest.approx(PERIOD)
    assert second.last.x > 0.6
    assert play.at - parted < 2, "and it was told before two seconds had passed"


def test_who_came_in_and_lay_down_is_a_track_for_hours() -> None:
    play = Play()
    play.walk(0.05, 0.5, 15)
    for _ in range(3 * 3600 * 5):
        tracks = play.look(blob(0.5, moving=0.0))
        assert len(tracks) == 1
    play.walk(0.5, 0.8, 10)
    assert play.tracker.ids == 1


def test_a_chair_is_background_though_somebody_came_with_it() -> None:
    play = Play()
    person = [replace(blob(0.1 + n * 0.03, size=0.2), look=DARK) for n in range(12)]
    for one in person:
        play.look(one)
    began, left = play.at, []
    for n in range(200 * 5):
        walking = [replace(blob(0.43 - n * 0.03, size=0.2), look=DARK)] if n < 12 else []
        play.look(replace(blob(0.62, size=0.12, moving=0.0), look=LIGHT), *walking)
        left += play.tracker.settled
        if left:
            break
    assert play.at - began < 130


def test_a_track_waits_while_nothing_can_be_seen() -> None:
    play = Play()
    play.walk(0.3, 0.5, 8)
    for _ in range(25):
        play.at = round(play.at + PERIOD, 3)
        (track,) = play.tracker.update([], play.at, blind=True)
    (track,) = play.walk(0.52, 0.56, 3)
    assert track.id == 1
    for _ in range(45):
        play.at = round(play.at + PERIOD, 3)
        tracks = play.tracker.update([], play.at, blind=True)
    assert tracks == []


@pytest.mark.parametrize("twitches", [True, False])
def test_of_two_that_parted_the_one_that_stays_is_known_by_its_twitches(twitches: bool) -> None:
    play = Play()
    for n in range(15):
        play.look(replace(blob(0.1 + n * 0.02, size=0.14), area=0.019))
    for n in range(40):
        left = [animal(0.45 + n * 0.02)] if n < 25 else []
        tracks = play.look(replace(blob(0.38), moving=0.0), *left)
    for n in range(300 * 5):
        tracks = play.look(blob(0.38, moving=0.05 if twitches and n % 100 == 0 else 0.0))
    assert len(tracks) == (1 if twitches else 0)


@pytest.mark.parametrize("period", [PERIOD, 0.5, 1.0, 2.0])
def test_who_sits_in_a_door_is_one_track_however_seldom_is_looked(period: float) -> None:
    """A camera may send a picture a second, and a busy machine looks at fewer than it should."""
    door = Zone("flap", ZoneKind.DOOR, ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)))
    tracker = Tracker(doors=[door])
    told = [tracker.update([blob(0.5)], n * period) for n in range(10)]
    assert {track.id for tracks in told for track in tracks} == {1}
    assert told[-1]
    tracker.update([], 10 * period)
    assert not tracker.update([], 13 * period), "it has gone out"


def as_seen(spots: list[tuple[float, float]]) -> list[Blob]:
    """Animals at ``spots``; those that touch each other are one blob."""
    groups: list[list[tuple[float, float]]] = []
    for spot in spots:
        near = [group for group in groups if any(max(map(abs, gap(spot, one))) < 0.12 for one in group)]
        groups = [group for group in groups if group not in near]
        groups.append([spot, *(one for group in near for one in group)])
    return [together(group) for group in groups]


def gap(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return one[0] - other[0], one[1] - other[1]


def together(spots: list[tuple[float, float]]) -> Blob:
    across, down = [x for x, _y in spots], [y for _x, y in spots]
    box = Box(min(across) - 0.05, min(down) - 0.05, max(across) + 0.05, max(down) + 0.05)
    return Blob(box, sum(across) / len(spots), sum(down) / len(spots), 0.01 * len(spots), 0.5)


@pytest.mark.parametrize("seed", [35, 58, 68, 158, *range(3)])
def test_of_a_crowd_that_joins_and_parts_each_is_in_one_place_and_no_two_are_the_same(seed: int) -> None:
    chance, play = random.Random(seed), Play()
    crowd = [[chance.uniform(0.2, 0.8) for _ in range(2)] for _ in range(chance.choice([3, 4, 5]))]
    speeds = [[chance.uniform(-0.2, 0.2) for _ in range(2)] for _ in crowd]
    for _ in range(100):
        for place, speed in zip(crowd, speeds, strict=True):
            for axis in (0, 1):
                place[axis] += speed[axis] * PERIOD
                if not 0.1 < place[axis] < 0.9:
                    speed[axis] *= -1
        tracks = play.look(*as_seen([(x, y) for x, y in crowd]))
        for track in tracks:
            times = [step.at for step in track.steps]
            assert times == sorted(set(times)), "it is in two places at once"
        seen = [
            (track.last.x, track.last.y) for track in tracks if track.last.at == play.at and not track.host
        ]
        assert len(seen) == len(set(seen)), "one blob is two"
