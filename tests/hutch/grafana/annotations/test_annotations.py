"""What stands on the graph for an event, and how it is known again."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hutch.grafana.annotations import Site, has_clip, kept_tags, one_each
from tests.hutch.grafana.annotations.events import event

SITE = Site("https://hutch.example.org", {"cage": "Miso's <cage>"})


class _Read(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_an_event_is_a_region_with_a_picture_a_link_and_a_sentence() -> None:
    happened = event(1)
    shown = SITE.annotation(happened.point())
    assert (shown.stop - shown.start, shown.start) == (12_000, int(happened.start.timestamp() * 1000))
    assert shown.tags == ("clip", "miso", "playing", "cam")
    read = _Read(shown.text)
    assert read.text == "Miso played for 12\u202fs, Miso's <cage>"
    assert read.tags == [
        ("a", {"href": f"https://hutch.example.org/clips/{happened.id}"}),
        (
            "img",
            {"src": f"https://hutch.example.org/snapshots/{happened.id}", "alt": "", "width": "240"},
        ),
        ("br", {}),
    ]


def test_without_a_snapshot_there_is_no_picture() -> None:
    assert [tag for tag, _ in _Read(SITE.annotation(event(snapshot="").point()).text).tags] == ["a"]


@pytest.mark.parametrize(
    ("pet", "event_type", "sentence"),
    [
        ("sir-tom", "eating_drinking", "Sir Tom ate or drank for 12\u202fs, Cage"),
        ("unknown", "playing", "Playing for 12\u202fs, Cage (not recognised)"),
        ("none", "motion", "Movement for 12\u202fs, Cage (not a pet)"),
        ("unknown", "recording", "Recording of 12\u202fs, Cage"),
        ("miso", "hanging_out", "Miso did hanging out for 12\u202fs, Cage"),
    ],
)
def test_the_sentence_is_of_the_words_of_the_pages(pet: str, event_type: str, sentence: str) -> None:
    happened = event(pet=pet, event_type=event_type).point()
    assert Site("", {}).sentence(happened) == sentence


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=48))
def test_a_name_is_text_and_never_html(name: str) -> None:
    if name.endswith("\\"):
        name += "x"
    read = _Read(SITE.annotation(event(pet=f"a{name}").point()).text)
    assert [tag for tag, _ in read.tags] == ["a", "img", "br"]
    assert read.text == SITE.sentence(event(pet=f"a{name}").point())


def test_ours_are_known_by_their_link_whatever_the_rest_says() -> None:
    text = SITE.annotation(event().point()).text
    assert SITE.event_of(text) == (event().id, True)
    assert SITE.event_of(text.replace("hutch.example.org", "old.example.org")) == (event().id, False)


@pytest.mark.parametrize(
    "text",
    [
        "Miso played",
        f'look: <a href="https://hutch.example.org/clips/{event().id}">',
        '<a href="https://hutch.example.org/clips/miso">no event id</a>',
        f"https://hutch.example.org/clips/{event().id}",
        "",
    ],
)
def test_what_people_write_is_nobody_s_event(text: str) -> None:
    assert SITE.event_of(text) is None


def test_of_several_points_of_one_event_the_last_corrected_is_shown() -> None:
    before, after = event().point(), event(pet="tofu", revision=1).point()
    (shown,) = one_each([before, after]).values()
    assert shown.tags["pet"] == "tofu"


@pytest.mark.parametrize("state", ["none", "waiting", "pruned", "lost"])
def test_an_event_whose_clip_is_not_there_is_not_shown(state: str) -> None:
    assert one_each([event(clip_state=state).point()]) == {}
    assert one_each([event(clip="").point()]) == {}


@pytest.mark.parametrize("camera", ["a&b", "a'b", 'a"b', "a/b", "a b", "<b>", "ü", "a%2Fb", "a?b#c"])
def test_an_event_whose_link_would_not_be_known_again_is_not_shown(camera: str) -> None:
    assert one_each([replace(event(), camera=camera).point()]) == {}


@pytest.mark.parametrize("event_id", ["", "abc", "cam-20260528T120000000Z-x", "cam-20261328T120000000Z-1"])
def test_what_has_no_id_of_an_event_is_not_shown(event_id: str) -> None:
    point = event().point()
    nameless = {name: value for name, value in point.fields.items() if name != "event_id"}
    assert one_each([replace(point, fields=nameless)]) == {}
    assert one_each([replace(point, fields=nameless | {"event_id": event_id})]) == {}


@pytest.mark.parametrize("camera", ["cam", "Cage_2.front", "9-b"])
def test_each_that_is_shown_is_known_again(camera: str) -> None:
    shown = replace(event(), camera=camera)
    assert list(one_each([shown.point()])) == [shown.id]
    assert SITE.event_of(SITE.annotation(shown.point()).text) == (shown.id, True)


def test_a_pet_that_is_called_as_we_tag_clips_does_no_harm() -> None:
    assert kept_tags(("clip", "Clip", "playing", "cam")) == ("clip", "playing", "cam")


def test_names_that_differ_by_accents_alone_are_one_tag() -> None:
    mia = "M\N{LATIN SMALL LETTER I WITH ACUTE}a"
    assert kept_tags(("clip", mia, "playing", "mia")) == ("clip", mia, "playing")


def test_the_film_of_a_day_lies_over_no_graph() -> None:
    assert has_clip(event(event_type="recording").point())
    assert not has_clip(event(event_type="timelapse").point())
