"""The registry as the API sees it: what is expected, and what of it is missed."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache

from api.context import Context
from collector.silence import patience_of
from influx import registry
from influx.registry import Entry, Kind, Thing


def entries(context: Context) -> list[Entry]:
    """Everything that is registered; raises what the store raises."""
    return registry.entries(
        context.store,
        context.retention,
        context.now(),
        lambda thing: patience_of(thing, context.node, context.sensors),
    )


def entries_once(context: Context) -> Callable[[], list[Entry]]:
    """What ``entries`` says, asked for when it is called first and not again; any thread may call it."""
    turn = threading.Lock()  # the second waits for what the first is told
    ask = cache(lambda: entries(context))

    def told() -> list[Entry]:
        with turn:
            return ask()

    return told


def missed(context: Context) -> list[Entry]:
    """What is expected and was not heard of for too long; raises what the store raises."""
    return [entry for entry in entries(context) if entry.missed]


def stale_after(context: Context, tags: Mapping[str, str]) -> timedelta:
    """The age from which a value of these tags is not current: when its sensor counts as silent."""
    sensor = Thing(Kind.SENSOR, tags.get("sensor", ""), tags.get("node", ""))
    return patience_of(sensor, context.node, context.sensors)


def things(context: Context) -> list[Thing]:
    """Everything that is registered, whenever it was heard of; raises what the store raises."""
    return registry.things(context.store, context.now())


def retired(context: Context) -> set[Thing]:
    """What is no longer expected; raises what the store raises."""
    return registry.retired(context.store, context.now())
