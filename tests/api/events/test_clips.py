from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.events.media import Part, Unsatisfiable, part_of
from tests.api.home import NOW, Home, event
from vision.clips import clip_key, snapshot_key
from vision.events import Event

CONTENT = bytes(range(256)) * 1000


def with_clip(home: Home, folder: Path, state: str = "stored") -> Event:
    bare = event(NOW)
    key, still = clip_key(bare.id), snapshot_key(bare.id)
    seen = event(NOW, clip=key, clip_state=state, snapshot=still)
    for name in (key, still):
        (folder / "made").write_bytes(CONTENT)
        home.context.clips.put(name, folder / "made")
    home.store(seen.point())
    return seen


def test_a_clip_is_served_whole(home: Home, client: httpx.Client, tmp_path: Path) -> None:
    seen = with_clip(home, tmp_path)
    answer = client.get(f"/clips/{seen.id}")
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    still = client.get(f"/snapshots/{seen.id}")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=1000-", 1000, 255_999),
        ("bytes=-10", 255_990, 255_999),
        ("bytes=5-999999", 5, 255_999),
    ],
)
def test_a_part_of_a_clip_is_served(
    home: Home, client: httpx.Client, tmp_path: Path, asked: str, first: int, last: int
) -> None:
    seen = with_clip(home, tmp_path)
    answer = client.get(f"/clips/{seen.id}", headers={"Range": asked})
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/256000"
    assert answer.content == CONTENT[first : last + 1]


def test_ranges_etags_and_head_as_rfc_9110_has_them(home: Home, client: httpx.Client, tmp_path: Path) -> None:
    url = f"/clips/{with_clip(home, tmp_path).id}"
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", "256000")
    etag = head.headers["etag"]
    beyond = client.get(url, headers={"Range": "bytes=256000-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */256000")
    assert client.get(url, headers={"If-None-Match": etag}).status_code == 304
    same = {"Range": "bytes=0-9", "If-Range": etag}
    assert client.get(url, headers=same).status_code == 206
    assert client.get(url, headers=same | {"If-Range": '"other"'}).status_code == 200
    for passed_over in ("bytes=9-0", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "nonsense"):
        assert client.get(url, headers={"Range": passed_over}).status_code == 200


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("pruned", 410, "was deleted to make room"),
        ("lost", 410, "was lost: it was never stored, or is no longer where it was"),
        ("waiting", 503, "is not stored yet"),
    ],
)
def test_a_clip_that_is_not_there_says_why(
    home: Home, client: httpx.Client, tmp_path: Path, state: str, status: int, words: str
) -> None:
    seen = with_clip(home, tmp_path, state)
    answer = client.get(f"/clips/{seen.id}")
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]
    assert ("retry-after" in answer.headers) == (status == 503)


def test_an_event_without_a_clip_says_so(home: Home, client: httpx.Client) -> None:
    seen = event(NOW)
    home.store(seen.point())
    for path in ("clips", "snapshots"):
        answer = client.get(f"/{path}/{seen.id}")
        assert answer.status_code == 404
        assert "has no" in answer.json()["detail"]


def test_a_clip_that_vanished_from_the_store_is_gone(
    home: Home, client: httpx.Client, tmp_path: Path
) -> None:
    seen = with_clip(home, tmp_path)
    home.context.clips.delete(clip_key(seen.id))
    answer = client.get(f"/clips/{seen.id}")
    assert (answer.status_code, answer.json()["title"]) == (410, "Gone")


def test_a_snapshot_on_its_way_is_worth_another_try(home: Home, client: httpx.Client, tmp_path: Path) -> None:
    seen = with_clip(home, tmp_path, "waiting")
    home.context.clips.delete(snapshot_key(seen.id))
    answer = client.get(f"/snapshots/{seen.id}")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_key_that_points_elsewhere_leads_nowhere(home: Home, client: httpx.Client, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("not a clip")
    seen = event(NOW, clip="../secret", clip_state="stored")
    home.store(seen.point())
    assert client.get(f"/clips/{seen.id}").status_code == 410


def test_a_store_of_clips_that_is_away_is_a_503(home: Home, client: httpx.Client, tmp_path: Path) -> None:
    seen = with_clip(home, tmp_path)
    folder = tmp_path / "clips" / "cage"
    folder.rename(tmp_path / "aside")
    folder.symlink_to(folder)  # a loop: the folder can neither be read nor be said to be missing
    answer = client.get(f"/clips/{seen.id}")
    assert answer.status_code == 503
    assert "retry-after" in answer.headers


@given(
    st.one_of(st.none(), st.text(max_size=30), st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True)),
    st.integers(0, 10_000),
)
def test_a_part_lies_within_the_whole(header: str | None, size: int) -> None:
    try:
        part = part_of(header, size)
    except Unsatisfiable:
        return
    assert part is None or (part.start >= 0 and part.length >= 1 and part.start + part.length <= size)


def test_the_last_bytes_of_nothing_cannot_be_had() -> None:
    with pytest.raises(Unsatisfiable):
        part_of("bytes=-5", 0)
    assert part_of("bytes=0-4", 5) == Part(0, 5)
