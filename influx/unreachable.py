"""Why a server did not answer, in words; those of urllib3 speak of its objects and the paths of questions."""

from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError


def why(error: Exception) -> str:
    """In a few words why no answer came, by the ``error`` that urllib3, or who is built on it, raised."""
    while error.args and isinstance(error.args[0], Exception):
        error = error.args[0]
    reason = error.reason if isinstance(error, MaxRetryError) and error.reason else error
    if isinstance(reason, NameResolutionError):
        return "name not found"
    if "timed out" in str(reason):
        return "timed out"
    below = reason if isinstance(reason, OSError) else reason.__cause__ or reason.__context__
    if isinstance(below, ConnectionRefusedError):
        return "connection refused"
    if isinstance(below, OSError) and below.strerror:
        return below.strerror.lower()
    return "connection broken off" if isinstance(reason, ProtocolError) else type(reason).__name__
