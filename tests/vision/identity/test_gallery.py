from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from influx.schema import NO_PET, PERSON
from vision.identity import gallery as kept
from vision.identity.gallery import Gallery, NoSuchPet, PetExists, session_of

EVENT = "room-20260528T120000000Z-3"
OTHER = "room-20260529T080000000Z-1"


@pytest.fixture
def gallery(tmp_path: Path) -> Gallery:
    return Gallery(tmp_path / "pets")


def whose(gallery: Gallery) -> dict[str, str]:
    return {source.id: source.pet for source in gallery.sources()}


def test_an_empty_gallery_is_no_trouble(gallery: Gallery) -> None:
    assert gallery.pets() == []
    assert gallery.sources() == []
    assert gallery.version == 0
    assert not gallery.teach(EVENT, "miso")
    gallery.forget(EVENT)


def test_what_is_added_says_whose_it_is_and_where_it_is_from(gallery: Gallery) -> None:
    gallery.add("miso", "photos-20260528", "photo-1", b"sheet")
    [source] = gallery.sources("miso")
    assert (source.pet, source.session, source.id, source.infrared) == (
        "miso",
        "photos-20260528",
        "photo-1",
        False,
    )
    assert source.path.read_bytes() == b"sheet"
    gallery.add("miso", "photos-20260528", "photo-1", b"the same again")
    assert len(gallery.sources()) == 1


def test_an_event_is_nobodys_until_it_is_said_whose_it_is(gallery: Gallery) -> None:
    gallery.see(EVENT, b"sheet")
    assert gallery.sources() == []
    before = gallery.version
    assert gallery.teach(EVENT, "miso")
    assert whose(gallery) == {EVENT: "miso"}
    assert gallery.sources()[0].session == session_of(EVENT) == "room-20260528"
    assert gallery.version != before


def test_saying_something_else_moves_it_and_saying_nothing_takes_it_back(gallery: Gallery) -> None:
    gallery.see(EVENT, b"sheet", infrared=True)
    for pet in ("miso", "miso", "nori", PERSON, NO_PET):
        assert gallery.teach(EVENT, pet)
        assert whose(gallery) == {EVENT: pet}
        assert gallery.sources()[0].infrared
    assert gallery.pets() == ["miso", "nori"], "neither a person nor what is no pet is one"
    gallery.forget(EVENT)
    assert whose(gallery) == {}
    gallery.forget(EVENT)
    assert gallery.teach(EVENT, "nori"), "and can be said again"


def test_a_pet_is_renamed_with_all_that_is_known_of_it(gallery: Gallery) -> None:
    gallery.add("miso", "photos-1", "photo-1", b"sheet")
    gallery.know("nori")
    gallery.rename("miso", "kimchi")
    assert whose(gallery) == {"photo-1": "kimchi"}
    with pytest.raises(PetExists, match="nori"):
        gallery.rename("kimchi", "nori")
    with pytest.raises(NoSuchPet, match="kimchi, nori"):
        gallery.rename("miso", "tofu")


def test_a_pet_is_removed_with_all_that_is_known_of_it(gallery: Gallery) -> None:
    gallery.add("miso", "photos-1", "photo-1", b"sheet")
    gallery.add("nori", "photos-1", "photo-2", b"sheet")
    assert gallery.remove("miso") == 1
    assert whose(gallery) == {"photo-2": "nori"}
    with pytest.raises(NoSuchPet):
        gallery.remove("miso")
    with pytest.raises(NoSuchPet):
        gallery.remove(NO_PET)


@pytest.mark.parametrize("name", ["changed", "seen", "pets"])
def test_a_pet_may_be_called_as_it_likes(gallery: Gallery, name: str) -> None:
    gallery.know(name)
    gallery.add("miso", "photos-1", "photo-1", b"sheet")
    gallery.add(name, "photos-1", "photo-2", b"sheet")
    assert whose(gallery) == {"photo-1": "miso", "photo-2": name}
    gallery.rename(name, "kimchi")
    gallery.rename("miso", name)
    assert whose(gallery) == {"photo-1": name, "photo-2": "kimchi"}


def test_of_one_pet_no_more_is_kept_than_its_bound_and_every_session_stays(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST", 4)
    for number in range(5):
        gallery.add("miso", "b", f"photo-{number}", b"sheet")
    gallery.add("miso", "a", "photo-9", b"sheet")
    assert [(source.session, source.id) for source in gallery.sources("miso")] == [
        ("a", "photo-9"),
        ("b", "photo-2"),
        ("b", "photo-3"),
        ("b", "photo-4"),
    ]


def test_of_one_camera_no_more_events_wait_than_its_bound(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_SEEN", 2)
    events = [f"room-2026052{day}T120000000Z-1" for day in (3, 1, 2)]
    for event in events:
        gallery.see(event, b"sheet")
    gallery.see("attic-20260520T120000000Z-1", b"sheet")
    assert [gallery.teach(event, "miso") for event in events] == [True, False, True]


@pytest.mark.parametrize("name", ["", "..", ".seen", "a/b", "/etc", "a\0b"])
def test_no_name_leads_out_of_the_folder(gallery: Gallery, name: str) -> None:
    with pytest.raises(ValueError, match="cannot be the name"):
        gallery.add(name, "session", "photo-1", b"")
    with pytest.raises(ValueError, match="cannot be the name"):
        gallery.add("miso", "session", name, b"")


def test_what_is_no_event_is_refused(gallery: Gallery) -> None:
    with pytest.raises(ValueError, match="is no event id"):
        gallery.teach("room-yesterday-1", "miso")


def test_many_may_teach_at_once(gallery: Gallery) -> None:
    def teach(pet: str) -> None:
        for number in range(40):
            gallery.add(pet, "photos-1", f"photo-{number}", b"sheet")

    before = gallery.version
    pets = ["kimchi", "miso", "nori", "tofu"]
    with ThreadPoolExecutor(len(pets)) as crowd:
        list(crowd.map(teach, pets))
    assert Counter(source.pet for source in gallery.sources()) == dict.fromkeys(pets, 40)
    assert gallery.version != before


said = st.lists(st.tuples(st.sampled_from([EVENT, OTHER]), st.sampled_from(["miso", "nori", NO_PET, ""])))


@given(said)
@settings(max_examples=40, deadline=None)
def test_the_last_word_holds_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, words: list[tuple[str, str]]
) -> None:
    gallery = Gallery(tmp_path_factory.mktemp("pets"))
    expected: dict[str, str] = {}
    for event in (EVENT, OTHER):
        gallery.see(event, event.encode())
    for event, pet in words:
        if pet:
            assert gallery.teach(event, pet)
            expected[event] = pet
        else:
            gallery.forget(event)
            expected.pop(event, None)
    assert whose(gallery) == expected
    assert all(source.path.read_bytes() == source.id.encode() for source in gallery.sources())
