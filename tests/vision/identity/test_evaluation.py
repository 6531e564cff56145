from pathlib import Path

import numpy as np

from influx.schema import NO_PET, PERSON, UNKNOWN_PET
from vision.identity.colour import Vector
from vision.identity.evaluation import evaluate
from vision.identity.gallery import Source

TURNS = {"miso": 0, "nori": 60, NO_PET: 85, PERSON: 120}


def source(pet: str, session: str, number: int, *, infrared: bool = False) -> Source:
    name = f"{pet}-{session}-{number}"
    return Source(pet, session, name, infrared, Path(name))


def at(degrees: float) -> list[Vector]:
    """Two looks, both at so many degrees."""
    turn = np.radians(degrees)
    return [np.array([np.cos(turn), np.sin(turn)], np.float32)] * 2


def looks(one: Source) -> list[Vector]:
    return at(TURNS[one.pet] + ord(one.session) % 3)


def shelf(pet: str, *sessions: str) -> list[Source]:
    return [source(pet, session, number) for session in sessions for number in range(3)]


def test_each_session_is_named_by_the_others() -> None:
    found = evaluate([*shelf("miso", "a", "b"), *shelf("nori", "a", "c")], looks)
    assert found.confusion == {("miso", "miso"): 6, ("nori", "nori"): 6}
    assert (found.asked, found.right, found.wrong, found.few) == (12, 12, 0, [])


def test_a_session_is_never_named_by_itself() -> None:
    def turned(one: Source) -> list[Vector]:
        return at({"a": 0, "b": 80}[one.session] + (one.pet == "nori") * 5)

    found = evaluate([*shelf("miso", "a", "b"), *shelf("nori", "a", "b")], turned)
    assert found.right == 0, "by its own session all would be right"
    assert found.confusion["miso", UNKNOWN_PET] == 6


def test_a_pet_of_one_session_is_told_and_not_guessed_at() -> None:
    found = evaluate([*shelf("miso", "a", "b"), *shelf("nori", "a")], looks)
    assert found.few == ["nori"]
    assert {pet for pet, _named in found.confusion} == {"miso"}


def test_a_wrong_name_is_counted() -> None:
    def swapped(one: Source) -> list[Vector]:
        return at(64 if (one.pet, one.session) == ("miso", "b") else TURNS[one.pet])

    found = evaluate([*shelf("miso", "a", "b"), *shelf("nori", "a", "c")], swapped)
    assert found.wrong == 3
    assert found.confusion["miso", "nori"] == 3


def test_infrared_and_what_is_no_pet_are_not_asked() -> None:
    night = [source("miso", "n", number, infrared=True) for number in range(4)]
    found = evaluate(
        [*shelf("miso", "a", "b"), *shelf(NO_PET, "a", "b"), *shelf(PERSON, "a", "b"), *night], looks
    )
    assert found.infrared == 4
    assert found.confusion == {("miso", "miso"): 6}


def test_nothing_is_no_trouble() -> None:
    assert evaluate([], looks).asked == 0
