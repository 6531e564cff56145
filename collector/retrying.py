"""Trying again, with longer and longer pauses, until it works or somebody says stop."""

import threading
from collections.abc import Callable

from tenacity import RetryCallState, Retrying, retry_if_exception_type, sleep_using_event, stop_when_event_set


def retrying(
    *errors: type[Exception],
    wait: Callable[[RetryCallState], float],
    stop: threading.Event,
    note: Callable[[RetryCallState], None],
) -> Retrying:
    """What calls a function until it raises none of ``errors``; after ``stop`` it raises the last one.

    ``wait`` says for how many seconds before the next try, which ``stop`` ends; ``note`` is told of each
    failure.
    """
    return Retrying(
        retry=retry_if_exception_type(errors),
        wait=wait,
        stop=stop_when_event_set(stop),
        sleep=sleep_using_event(stop),
        before_sleep=note,
        reraise=True,
    )
