"""What is not as the configuration wants it, and how to mend it."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Difference:
    """One thing that is, or was until it was ``mended``, not as wanted.

    ``found`` says how it is and ``done`` how it is then. ``mend`` makes it so; None where nobody may without
    being told to. It may raise as a ``Store`` does, and ``OSError``.
    """

    what: str
    found: str
    done: str
    mend: Callable[[], object] | None = field(default=None, repr=False, compare=False)
    mended: bool = False

    def __str__(self) -> str:
        """The difference, or what became of it, in one sentence."""
        return f"{self.what}: {self.done if self.mended else self.found}"
