"""What a cat costs to draw."""

import tracemalloc

import pytest

from vision.cameras.cats import cat
from vision.cameras.script import Action, Pet


@pytest.mark.parametrize("action", list(Action))
def test_a_cat_is_drawn_in_less_than_five_megabytes(action: Action) -> None:
    cat(Pet.MANGO, action, 0)
    tracemalloc.start()
    try:
        cat(Pet.MANGO, action, 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000, f"{peak / 1e6:.1f} MB, of the 160 MB that a camera process may take"
