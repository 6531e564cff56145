"""Which node each camera is of, for the door that lets devices write about cameras."""

from collections.abc import Collection, Mapping
from contextlib import suppress

from api.context import Context
from influx import registry
from influx.registry import Kind
from influx.store import StoreError


class CameraNodes:
    """The cameras of this node are those of its configuration, those of others what the registry says.

    While the store cannot be asked what it said last counts, so that devices go on. Any thread may ask.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: Mapping[str, Collection[str]] = self._here()

    def known(self) -> Mapping[str, Collection[str]]:
        """The nodes that have each camera, by its name."""
        with suppress(StoreError):  # others tell of a store that is away
            self._known = self._ask()
        return self._known

    def _ask(self) -> dict[str, set[str]]:
        found = self._here()
        for thing in registry.expected(self._context.store, self._context.now()):
            if thing.kind is Kind.CAMERA:
                found.setdefault(thing.name, set()).add(thing.node)
        return found

    def _here(self) -> dict[str, set[str]]:
        return {camera.name: {self._context.node} for camera in self._context.cameras}
