from typing import Any, cast

import pytest

from api.limits.patience import HANGS, PAUSE, Patient
from influx.store import RowQuery, Store, Unauthorized, Unavailable
from influx.windows import ALL_TIME

QUESTION = RowQuery("environment", ALL_TIME)


class Sulking:
    """A store that answers each question with the next of ``errors``; an answer takes ``seconds``."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0
        self.seconds = 0.0
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def rows(self, _query: RowQuery) -> Any:
        self.asked += 1
        self.time += self.seconds
        raise self.errors.pop(0)


def test_a_store_that_says_no_hangs_no_longer() -> None:
    store = Sulking(Unavailable("no answer"), Unauthorized("not this token"), Unauthorized("nor that"))
    patient = Patient(cast(Store, store), now=store.now)
    store.seconds = HANGS
    with pytest.raises(Unavailable):
        patient.rows(QUESTION)
    with pytest.raises(Unavailable, match="no answer"):
        patient.rows(QUESTION)
    assert store.asked == 1, "while it hangs it is left alone"
    store.time, store.seconds = store.time + PAUSE, 0.0
    for words in ("not this token", "nor that"):
        with pytest.raises(Unauthorized, match=words):
            patient.rows(QUESTION)
