from collections import Counter, deque

from hypothesis import given
from hypothesis import strategies as st

from influx.schema import UNKNOWN_PET
from vision.detectors.found import PERSON, PET
from vision.identity.whose import ALONE, SHARE, VOTES, voted, whose
from vision.motion import Box
from vision.tracker import Step, Track


def track(**votes: int) -> Track:
    there = Track(1, 0, deque([Step(0, 0.5, 0.5, Box(0.4, 0.4, 0.6, 0.6), 0.5)]))
    there.votes.update(votes)
    return there


def test_most_votes_name_the_pet_and_the_numbers_say_why() -> None:
    found = voted(Counter(miso=9, unknown=1))
    assert found.pet == "miso"
    assert found.evidence == {"who": "miso", "who_votes": 9, "who_looks": 10, "who_share": 0.9}


def test_few_votes_name_nobody_but_are_told() -> None:
    found = voted(Counter(miso=VOTES - 1))
    assert found.pet == UNKNOWN_PET
    assert found.evidence["who"] == "miso"


def test_a_track_of_two_is_nobodys() -> None:
    assert voted(Counter(miso=12, nori=8)).pet == UNKNOWN_PET


def test_looks_that_were_not_sure_count_against_a_name() -> None:
    assert voted(Counter(miso=5, unknown=20)).pet == UNKNOWN_PET


def test_no_look_says_nothing_and_looks_without_a_name_are_counted() -> None:
    assert voted(Counter()).evidence == {}
    assert voted(Counter(unknown=7)).evidence == {"who_looks": 7}


def test_in_a_cage_it_is_who_lives_there_unless_a_person_cleans_it() -> None:
    assert whose(track(), "nibbles").pet == "nibbles"
    assert whose(track(), "nibbles").evidence == {"who": "nibbles", "who_only": True}
    assert whose(track(**{PET: 3}), "nibbles").pet == "nibbles"
    assert whose(track(**{PERSON: 3, PET: 1}), "nibbles").pet == PERSON


def test_a_person_is_no_pet_whatever_the_looks_say() -> None:
    person = track(**{PERSON: 5})
    person.names.update(miso=50)
    assert whose(person).pet == PERSON


@given(st.dictionaries(st.sampled_from(["miso", "nori", UNKNOWN_PET]), st.integers(1, 40)))
def test_a_name_has_the_votes_it_needs(names: dict[str, int]) -> None:
    found = voted(Counter(names))
    if found.pet != UNKNOWN_PET:
        votes = names[found.pet]
        assert votes >= VOTES
        assert votes >= SHARE * sum(names.values())
        assert votes >= ALONE * sum(count for name, count in names.items() if name != UNKNOWN_PET)
