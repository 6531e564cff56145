"""One name of a pet, wherever and however it is typed."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from influx.pet_names import NewPetName, PetName, written
from tests.api.home import NOW, Home, event
from vision.events import Event

NAME: TypeAdapter[str] = TypeAdapter(PetName)
NEW_NAME: TypeAdapter[str] = TypeAdapter(NewPetName)


@pytest.mark.parametrize("typed", ["unknown", "None", "Person"])
def test_no_pet_is_called_what_stands_for_none(typed: str) -> None:
    with pytest.raises(ValidationError, match="take another name"):
        NEW_NAME.validate_python(typed)
    assert NAME.validate_python(typed) == typed.lower()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" Señor  Chancho ", "señor-chancho"),
        ("Mr. O'Malley_2", "mr.-o'malley_2"),
        ("Zoe\N{COMBINING DIAERESIS}", "zoë"),
        ("三毛", "三毛"),
    ],
)
def test_a_pet_may_be_named_as_people_name_pets(typed: str, name: str) -> None:
    assert NAME.validate_python(typed) == name
    assert NAME.validate_python(name) == name, "the name itself is no name"


@pytest.mark.parametrize("typed", ["..", ".", "-x", "<b>", "İ" * 30])
def test_a_name_that_leads_its_page_astray_is_none(typed: str) -> None:
    with pytest.raises(ValidationError, match="must begin with a letter or digit"):
        NAME.validate_python(typed)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_written_once(typed: str) -> None:
    assert written(written(typed)) == written(typed)


def line(seen: Event, pet: str) -> str:
    tags = f"camera={seen.camera},event_type={seen.event_type},location={seen.location},pet={pet}"
    return f'pet_event,{tags} event_id="{seen.id}",duration=8 {int(seen.start.timestamp())}000000000'


def test_a_pet_is_one_however_people_and_devices_write_it(home: Home, client: httpx.Client) -> None:
    first, second = event(NOW, track=1, pet="unknown"), event(NOW, track=2, camera="cot", location="nursery")
    home.store(first.point())
    assert client.patch(f"/events/{first.id}", json={"pet": "Little Nori"}).status_code == 200
    assert client.post("/api/v2/write", content=line(second, "Little\\ NORI")).status_code == 204
    assert client.post("/pets", json={"name": "little nori"}).json()["name"] == "little-nori"
    home.deliver()
    assert [pet["name"] for pet in client.get("/pets").json()["pets"]] == ["little-nori"]
    found = client.get("/events", params={"pet": "Little Nori"}).json()["events"]
    assert {one["event_id"] for one in found} == {first.id, second.id}
    assert client.get("/pages/pets/Little%20Nori").status_code == 200
