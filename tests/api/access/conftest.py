from collections.abc import Iterator

import pytest

from tests.api.access.doors import Door, door_of
from tests.api.home import Home


@pytest.fixture
def door(home: Home) -> Iterator[Door]:
    """The door of ``home``, where ada is the owner and gus may look."""
    with door_of(home) as made:
        made.user("ada")
        made.user("gus", "viewer")
        yield made
