"""What is attached to the stand-in's Pi, and what befalls it."""

import threading
from typing import Any

attached = 1
held: set[int] = set()
configured: list[dict[str, Any]] = []
"""Every configuration that was asked for."""
unplugged = threading.Event()
"""Set: no picture comes any more."""
stopping = threading.Event()
"""Not set: whoever stops a recording hangs, as the library does when the driver does."""
stopping.set()
