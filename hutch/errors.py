"""How a command ends when something is wrong."""

EXIT_CONFIG = 2
"""Bad usage or configuration: the same again will fail again."""
EXIT_IO = 3
"""A file, folder, port or server is not as it should be."""


class UsageError(Exception):
    """A command that cannot do what it was told, in one sentence."""


class HomeError(OSError):
    """The data folder or the port cannot be used, in one sentence."""
