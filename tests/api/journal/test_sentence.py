"""What is said at a messy mealtime, and what is written down of it."""

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.journal.amounts import most_of
from api.journal.entries import Entry
from api.journal.sentence import MAX_ENTRIES, MAX_TEXT, ParsedEntry, SentenceError, entries

FOOD, DRINK = "food", "drink"


@pytest.mark.parametrize(
    ("text", "entry_type", "amount", "name"),
    [
        ("drink 120 ml milk", DRINK, 120, "mL of milk"),
        ("3 baby carrots", FOOD, 3, "baby carrots"),
        ("Three baby carrots.", FOOD, 3, "baby carrots"),
        ("ate half a banana", FOOD, 0.5, "banana"),
        ("two bottles of water", DRINK, 2, "bottles of water"),
        ("1/2 cup yogurt", FOOD, 0.5, "cup of yogurt"),
        ("½ cup of yogurt", FOOD, 0.5, "cup of yogurt"),
        ("1½ cups of porridge", FOOD, 1.5, "cups of porridge"),
        ("one and a half bananas", FOOD, 1.5, "bananas"),
        ("1 1/2 bananas", FOOD, 1.5, "bananas"),
        ("1 and 1/2 bananas", FOOD, 1.5, "bananas"),
        ("a bottle and a half of milk", DRINK, 1.5, "bottle of milk"),
        ("120ml", DRINK, 120, "mL"),
        ("120ml formula", DRINK, 120, "mL of formula"),
        ("4 oz of milk", DRINK, 4, "oz of milk"),
        ("4 fl. oz milk", DRINK, 4, "oz of milk"),
        ("four fluid ounces of milk", DRINK, 4, "oz of milk"),
        ("milk 120 ml", DRINK, 120, "mL of milk"),
        ("milk, 120 ml", DRINK, 120, "mL of milk"),
        ("yogurt 100 grams", FOOD, 100, "g of yogurt"),
        ("a hundred and twenty millilitres of milk", DRINK, 120, "mL of milk"),
        ("one hundred twenty ml of milk", DRINK, 120, "mL of milk"),
        ("twenty-five grams of rice", FOOD, 25, "g of rice"),
        ("1,5 dl milk", DRINK, 1.5, "dL of milk"),
        ("0.5 l water", DRINK, 0.5, "L of water"),
        ("a glass of apple juice", DRINK, 1, "glass of apple juice"),
        ("glass of milk", DRINK, 1, "glass of milk"),
        ("she drank a bit of water", DRINK, 1, "bit of water"),
        ("The baby ate 2 spoons of mashed potatoes", FOOD, 2, "spoons of mashed potatoes"),
        ("baby ate 3 carrots", FOOD, 3, "carrots"),
        ("please write down 60 ml tea", DRINK, 60, "mL of tea"),
        ("she just finished her bottle", DRINK, 1, "bottle"),
        ("he has eaten a quarter of an apple", FOOD, 0.25, "apple"),
        ("three quarters of a cup of soup", FOOD, 0.75, "cup of soup"),
        ("2/3 pear", FOOD, 0.6667, "pear"),
        ("a couple of raisins", FOOD, 2, "raisins"),
        ("a dozen peas", FOOD, 12, "peas"),
        ("two dozen peas", FOOD, 24, "peas"),
        ("an egg", FOOD, 1, "egg"),
        ("drink soup 100 ml", DRINK, 100, "mL of soup"),
        ("ate 100 ml of soup", FOOD, 100, "mL of soup"),
        ("100 ml of soup", FOOD, 100, "mL of soup"),
        ("2 slices of milk bread", FOOD, 2, "slices of milk bread"),
        ("milk rice", FOOD, 1, "milk rice"),
        ("chocolate milk", DRINK, 1, "chocolate milk"),
        ("4 oz milk with oats", DRINK, 4, "oz of milk with oats"),
        ("macaroni and cheese", FOOD, 1, "macaroni and cheese"),
        ("3 drinks of water", DRINK, 3, "drinks of water"),
        ("had a drink of water", DRINK, 1, "drink of water"),
        ("is drinking 50 ml", DRINK, 50, "mL"),
        ("1,000 ml water", DRINK, 1000, "mL of water"),
        ("2 sips", DRINK, 2, "sips"),
        ("0 ml milk", DRINK, 0, "mL of milk"),
        ("120 ML MILK", DRINK, 120, "mL of milk"),
        ("Käsespätzle", FOOD, 1, "käsespätzle"),
    ],
)
def test_what_is_said_is_written_down_as_a_person_would(
    text: str, entry_type: str, amount: float, name: str
) -> None:
    [said] = entries(text)
    assert (said.entry_type, said.amount, said.name) == (entry_type, amount, name)


def test_several_things_are_several_entries() -> None:
    assert [(said.entry_type, said.amount, said.name) for said in entries("a banana and 2 sips of tea")] == [
        (FOOD, 1, "banana"),
        (DRINK, 2, "sips of tea"),
    ]
    ate = entries("ate 3 carrots, half a pear and drank 100 ml milk")
    assert [(said.entry_type, said.amount, said.name) for said in ate] == [
        (FOOD, 3, "carrots"),
        (FOOD, 0.5, "pear"),
        (DRINK, 100, "mL of milk"),
    ]


@pytest.mark.parametrize(
    ("text", "guessed"),
    [
        ("3 peas", ("entry_type",)),
        ("milk", ("amount",)),
        ("grapes", ("amount", "entry_type")),
        ("ate grapes", ("amount",)),
        ("drank 100 ml milk", ()),
        ("bottle of milk", ()),
    ],
)
def test_what_was_decided_without_being_said_is_told(text: str, guessed: tuple[str, ...]) -> None:
    [said] = entries(text)
    assert said.guessed == guessed


@pytest.mark.parametrize(
    ("text", "note", "when", "name"),
    [
        ("Mia drank 120 ml milk at 3 pm", "mia", ["at 3 pm"], "mL of milk"),
        ("half a banana for breakfast", "", ["for breakfast"], "banana"),
        ("half a banana for breakfast at 8 today", "", ["for breakfast", "at 8", "today"], "banana"),
        ("2 biscuits just now", "", ["just now"], "biscuits"),
        ("a pear 10 minutes ago", "", ["10 minutes ago"], "pear"),
        ("a pear an hour and a half ago", "", ["an hour and a half ago"], "pear"),
        ("60 ml tea at 14:30", "", ["at 14:30"], "mL of tea"),
        ("60 ml tea at 3am.", "", ["at 3 am"], "mL of tea"),
        ("60 ml tea, half past three", "", ["half past three"], "mL of tea"),
    ],
)
def test_who_and_when_are_told_apart_from_what(text: str, note: str, when: list[str], name: str) -> None:
    [said] = entries(text)
    assert (said.note, list(said.when), said.name) == (note, when, name)


def test_each_of_several_things_has_its_own_time() -> None:
    assert [(said.name, list(said.when)) for said in entries("a banana at 8 and 2 sips of tea at 9")] == [
        ("banana", ["at 8"]),
        ("sips of tea", ["at 9"]),
    ]
    assert [list(said.when) for said in entries("a banana and 2 sips of tea at 9")] == [["at 9"], ["at 9"]]


@pytest.mark.parametrize("text", ["", "  ", "...", "drink", "ate", "120", "half", "please log", "\x00", "🙂"])
def test_a_sentence_that_names_nothing_gets_a_question(text: str) -> None:
    with pytest.raises(SentenceError, match="what was it"):
        entries(text)


def test_a_long_number_takes_no_time() -> None:
    """Where it could be cut into times of the day in every way, this would take some thousand years."""
    [said] = entries(f"milk {'1' * 100} pm maybe")
    assert said.name.startswith("milk 111")


def test_a_speech_is_refused() -> None:
    with pytest.raises(SentenceError, match=f"may have {MAX_TEXT} characters, not {MAX_TEXT + 1}"):
        entries("a" * (MAX_TEXT + 1))
    with pytest.raises(SentenceError, match="what it was may have 120 characters"):
        entries("a" * 150)
    with pytest.raises(SentenceError, match="more than 5 things"):
        entries(" and ".join(f"{n} peas" for n in range(6)))


VOCABULARY = (
    "a an half quarter and of the 1/2 ½ 120 1,5 3/0 0/5 two hundred thousand dozen twenty-five ml oz cup"
    ' drink drank ate milk water banana , . couple few with at pm 3 now for breakfast - \\ " < 99999999999'
)
WORDS = st.sampled_from(VOCABULARY.split())


@pytest.mark.parametrize(
    "text",
    [
        "she ate nothing",
        "no milk today",
        "did not drink her milk",
        "didn't eat the banana",
        "she didn\N{RIGHT SINGLE QUOTATION MARK}t drink 120 ml milk",
        "refused the bottle",
        "undo",
    ],
)
def test_what_was_not_eaten_is_never_written_down_as_eaten(text: str) -> None:
    with pytest.raises(SentenceError, match="only what was eaten or drunk"):
        entries(text)


@pytest.mark.parametrize("text", ["drink -5 ml milk", "milk \N{MINUS SIGN}120 ml"])
def test_an_amount_below_zero_is_refused(text: str) -> None:
    with pytest.raises(SentenceError, match="less than nothing"):
        entries(text)


@pytest.mark.parametrize("text", ["tea with no sugar", "milk - 120 ml", "a knotty bread", "2-3 noodles"])
def test_words_that_only_look_like_a_no_are_read(text: str) -> None:
    assert entries(text)


@given(st.text(max_size=MAX_TEXT) | st.lists(WORDS, max_size=30).map(" ".join))
@example("\ud800 milk")
@example("1/0 cups")
@example("999999999 peas")
def test_whatever_is_said_is_an_entry_or_a_sentence(text: str) -> None:
    found: tuple[ParsedEntry, ...] = ()
    with contextlib.suppress(SentenceError):
        found = entries(text)
        assert 1 <= len(found) <= MAX_ENTRIES
    for said in found:
        assert said.amount >= 0
        if said.amount <= most_of(said.name)[0]:
            Entry(entry_type=said.entry_type, amount=said.amount, name=said.name, note=said.note)
