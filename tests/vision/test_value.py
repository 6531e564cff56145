"""What goes first when room is needed."""

from hypothesis import given
from hypothesis import strategies as st

from vision.value import PICTURES, Choice, Kept, Part, Rank, choose, rank_of

SIZES = st.one_of(st.just(0), st.integers(1, 1000))
KEPT = st.lists(
    st.tuples(st.integers(0, 50), SIZES, SIZES, st.sampled_from([None, *Rank])),
    max_size=40,
).map(
    lambda rows: [
        Kept(f"cage-{number}", start, clip, snapshot, rank)
        for number, (start, clip, snapshot, rank) in enumerate(rows)
    ]
)


def total(kept: list[Kept]) -> int:
    return sum(one.size for one in kept)


def clips(choice: Choice) -> list[str]:
    return [piece.event_id for piece in (*choice.free, *choice.pinned) if piece.part is Part.CLIP]


@given(KEPT, st.integers(-10, 50_000))
def test_what_is_wanted_is_freed_and_nothing_pinned_goes_while_anything_else_is_left(
    kept: list[Kept], wanted: int
) -> None:
    choice = choose(kept, wanted)
    loose = sum(one.size for one in kept if one.rank not in (None, Rank.PINNED))
    held = sum(one.size for one in kept if one.rank is Rank.PINNED)
    freed = sum(piece.size for piece in choice.free)
    assert freed >= min(wanted, loose)
    assert all(piece.rank is not Rank.PINNED for piece in choice.free)
    assert all(piece.rank is Rank.PINNED for piece in choice.pinned)
    assert choice.lacking == max(0, wanted - loose)
    if choice.pinned:
        assert freed == loose, "a pinned one was chosen while others are left"
        assert sum(piece.size for piece in choice.pinned) >= min(wanted - loose, held)


@given(KEPT, st.integers(1, 50_000))
def test_no_more_goes_than_has_to(kept: list[Kept], wanted: int) -> None:
    choice = choose(kept, wanted)
    for pieces, needed in ((choice.free, wanted), (choice.pinned, choice.lacking)):
        assert sum(piece.size for piece in pieces[:-1]) < max(needed, 1)
    every = [*choice.free, *choice.pinned]
    assert len({(piece.event_id, piece.part) for piece in every}) == len(every), "something goes twice"


@given(KEPT, st.integers(1, 50_000))
def test_clips_go_by_rank_and_then_by_age(kept: list[Kept], wanted: int) -> None:
    by_id = {one.event_id: one for one in kept}
    gone = clips(choose(kept, wanted))
    order = [(by_id[name].rank, by_id[name].start, name) for name in gone]
    assert order == sorted(order, key=lambda row: (row[0] or 0, *row[1:]))
    if gone:
        last = by_id[gone[-1]]
        assert last.rank is not None
        for one in kept:
            if one.clip and one.rank is not None and one.event_id not in gone:
                assert (one.rank, one.start, one.event_id) > (last.rank, last.start, last.event_id)


@given(KEPT, st.integers(1, 50_000))
def test_snapshots_go_before_clips_only_while_they_take_too_large_a_part(
    kept: list[Kept], wanted: int
) -> None:
    pictures, whole = sum(one.snapshot for one in kept), total(kept)
    left = sum(1 for one in kept if one.clip and one.rank not in (None, Rank.PINNED))
    for piece in choose(kept, wanted).free:
        if piece.part is Part.SNAPSHOT:
            assert left == 0 or pictures > whole * PICTURES
            pictures -= piece.size
        else:
            left -= 1
        whole -= piece.size


def test_clips_stay_while_years_of_snapshots_would_push_them_out() -> None:
    old = [Kept(f"old-{n}", n, 0, 100, Rank.KNOWN) for n in range(100)]
    new = [Kept(f"new-{n}", 1000 + n, 1000, 0, Rank.UNKNOWN) for n in range(10)]
    gone = choose([*old, *new], 3000).free
    assert {piece.part for piece in gone} == {Part.SNAPSHOT}
    assert [piece.event_id for piece in gone[:2]] == ["old-0", "old-1"]


def test_what_a_person_took_is_as_dear_as_a_pet_with_a_name() -> None:
    def rank(pet: str, event_type: str = "playing", *, pinned: bool = False) -> Rank:
        return rank_of({"pet": pet, "event_type": event_type}, pinned=pinned)

    assert [rank("none", "motion"), rank("unknown"), rank("miso")] == [Rank.NO_PET, Rank.UNKNOWN, Rank.KNOWN]
    assert rank("unknown", "photo") is rank("unknown", "recording") is Rank.KNOWN
    assert rank("none", "motion", pinned=True) is Rank.PINNED
