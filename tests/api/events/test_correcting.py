"""What may be asked of a correction."""

import pytest
from pydantic import ValidationError

from api.events.correcting import Wish


@pytest.mark.parametrize("name", ["../../x y", "/", "miso/", "a/b"])
def test_a_pet_is_never_named_what_no_address_of_a_page_can_hold(name: str) -> None:
    with pytest.raises(ValidationError, match="pattern"):
        Wish(pet=name)
