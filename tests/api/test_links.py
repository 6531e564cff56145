from dataclasses import replace
from datetime import timedelta

from api.config import ApiSection
from tests.api.access.doors import caller, door_of
from tests.api.home import Home, event, serving
from vision.clips import clip_key


def test_behind_a_proxy_every_address_in_an_answer_is_whole(home: Home) -> None:
    start = home.clock.moment - timedelta(minutes=5)
    seen = event(start)
    home.store(event(start, clip=clip_key(seen.id), clip_state="stored").point())
    home.context = replace(home.context, config=ApiSection(port=0, public_url="https://hutch.example.org"))
    whole = f"https://hutch.example.org/clips/{seen.id}"
    with door_of(home) as door, serving(home), caller(home) as client:
        client.headers["Authorization"] = f"Bearer {door.device('wall', 'read')}"
        assert client.get(f"/events/{seen.id}").json()["clip"] == whole
        assert [told["clip"] for told in client.get("/recordings").json()["recordings"]] == [whole]
        assert client.get("/cameras").json()[0]["live"] == "https://hutch.example.org/live?camera=cage"


def test_at_home_addresses_are_of_the_site_that_is_asked(home: Home) -> None:
    with serving(home) as client:
        assert client.get("/cameras").json()[0]["live"] == "/live?camera=cage"
