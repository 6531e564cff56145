"""Who types a command."""

from getpass import getuser


def person() -> str:
    """Their login name, as corrections and pins keep it."""
    try:
        return getuser()
    except (OSError, KeyError):
        return "command line"
