"""How a command ends when something is wrong."""

EXIT_CONFIG = 2
"""Bad usage or configuration: the same again will fail again."""
EXIT_IO = 3
"""A file, folder, port or server is not as it should be."""
EXIT_INTERRUPTED = 130
"""Ended by Ctrl-C, as a shell counts it."""


class UsageError(Exception):
    """A command that cannot do what it was told, in one sentence."""


class Interrupted(Exception):
    """Ctrl-C in the middle of work that can go on later."""

    def __init__(self) -> None:
        super().__init__("interrupted; run it again to go on")


class HomeError(OSError):
    """The data folder, the port or a driver cannot be used, in one sentence."""


def first_line(error: BaseException) -> str:
    """What an error of somebody else's code says first; where it says nothing, what kind it is."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
