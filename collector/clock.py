"""Whether this machine's clock is right, and time that never jumps.

A Raspberry Pi has no battery clock: it starts where it was switched off, or in 1970, and jumps to the true
time when the network has told it. What is stamped before would be wrong by hours or by decades.
"""

import ctypes
import platform
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

EARLIEST = datetime(2024, 1, 1, tzinfo=UTC).timestamp()
"""Seconds since 1970: Hutch is younger than any clock that shows less."""
_STA_UNSYNC = 0x0040
_DRIFT_SECONDS = 60
"""A battery clock that is further from the machine's did not set it, or is not to be believed."""
_BATTERY_CLOCKS = {"x86_64", "amd64", "i386", "i586", "i686"}
"""On these Linux sets its clock at boot by the board's battery clock or, in a virtual machine, by the host's
(``read_persistent_clock64`` in arch/x86/kernel/rtc.c), with or without a driver in /sys/class/rtc."""


class Clock(Protocol):
    """What the machine knows about time."""

    @property
    def boot(self) -> str:
        """Names the time since the machine was started: another after every start."""
        ...

    def now(self) -> float:
        """Seconds since 1970 as the machine shows them, right or not."""
        ...

    def elapsed_ns(self) -> int:
        """Nanoseconds since some moment of this boot; they never jump, and go on in suspend."""
        ...

    def is_right(self) -> bool:
        """Whether what ``now`` gives is known to be right: by the network, or by a battery clock."""
        ...

    def is_synchronised(self) -> bool:
        """Whether a time server keeps the clock right: enough to delete by, which a battery clock is not.

        It is not so any more once somebody sets the clock by hand, nor where there is no way to tell.
        """
        ...


class SystemClock:
    """The clock of this machine, or of another one: with its ``root`` folder and its ``machine`` type.

    ``kernel`` says whether the kernel calls the clock synchronised.
    """

    def __init__(
        self,
        *,
        root: Path = Path("/"),
        machine: str | None = None,
        kernel: Callable[[], bool] | None = None,
    ) -> None:
        self._root = root
        self._kernel = kernel or kernel_is_synchronised
        self._machine = (machine or platform.machine()).lower()

    @cached_property
    def boot(self) -> str:
        """As the kernel calls it; where it has no name, each process has one of its own."""
        with suppress(OSError):
            return (self._root / "proc/sys/kernel/random/boot_id").read_text().strip()
        return str(uuid.uuid4())

    def now(self) -> float:
        """See ``Clock.now``."""
        return time.time()

    def elapsed_ns(self) -> int:
        """See ``Clock.elapsed_ns``."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return time.monotonic_ns()

    def is_right(self) -> bool:
        """See ``Clock.is_right``; what is not Linux has a battery clock."""
        if self.now() < EARLIEST:
            return False
        linux = (self._root / "proc/sys/kernel").exists()
        told = (self._root / "run/systemd/timesync/synchronized").exists()
        return not linux or told or self.is_synchronised() or self._battery_agrees()

    def is_synchronised(self) -> bool:
        """See ``Clock.is_synchronised``.

        The kernel alone is asked: it forgets at every ``date -s`` and after some hours without a time server
        (``ntp_clear`` and ``second_overflow`` in kernel/time/ntp.c), where systemd's file stays until the
        next boot.
        """
        return self._kernel() and self.now() >= EARLIEST

    def _battery_agrees(self) -> bool:
        """Whether a battery clock set the time at boot, and shows the same now.

        One whose battery is missing sets it too (``hctosys`` in Linux's rtc-class documentation), to 1970;
        then systemd moves the clock to where it was switched off.
        """
        clocks = list((self._root / "sys/class/rtc").glob("*"))
        if self._machine in _BATTERY_CLOCKS and not clocks:
            return True
        return any(
            abs(_number_in(each / "since_epoch") - self.now()) <= _DRIFT_SECONDS
            for each in clocks
            if self._machine in _BATTERY_CLOCKS or _number_in(each / "hctosys") == 1
        )


def _number_in(path: Path) -> int:
    """What the file says; 0 where it cannot be read."""
    with suppress(OSError, ValueError):
        return int(path.read_text())
    return 0


class _Timex(ctypes.Structure):
    """The beginning of ``struct timex`` of adjtimex(2); the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_char * 256),
    )


def kernel_is_synchronised() -> bool:
    """Whether some time server keeps the clock (``STA_UNSYNC`` of adjtimex(2) is not set)."""
    state = _Timex()
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.byref(state))
    except (OSError, AttributeError):
        return False
    return answer >= 0 and not state.status & _STA_UNSYNC


@dataclass(frozen=True, slots=True)
class Stamp:
    """The moment of a reading: ns since 1970, or since the start of ``boot`` where one is named.

    ``estimated`` says that the clock was never known to be right.
    """

    time_ns: int
    boot: str | None = None
    estimated: bool = False
