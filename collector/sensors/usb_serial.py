"""A device that sends lines of text over a serial port, most often through USB."""

import errno
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from collector.sensors.line_format import LineBuffer, LineFormat
from collector.sensors.reading import Reading, SensorLost
from influx.config import Span

if TYPE_CHECKING:
    import serial

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 0.5
_ANSWER_SECONDS = 2.0
_SHOWN = 60
"""So much of a line that does not fit is shown."""


class SerialOptions(LineFormat):
    """Lines of text from a serial port: Arduino, ESP32, LoRa receivers, meters with a USB plug."""

    port: str = Field(
        pattern=r"^/\S+$",
        max_length=200,
        description="Its file; those in /dev/serial/by-id/ stay the same whatever else is plugged in.",
        examples=["/dev/serial/by-id/usb-Arduino_Uno-if00"],
    )
    baud: int = Field(9600, ge=50, le=4_000_000, description="Bits per second.")
    ask: str = Field(
        "", max_length=64, description="Text sent for every reading, to devices that only speak when asked."
    )
    patience: Span = Field(
        timedelta(minutes=3), description="Without a line that fits for so long, it is lost."
    )


class SerialLines:
    """The newest number for each value that has come since the last reading.

    A thread empties the port all the time: the kernel keeps the oldest 4 KB, so that whoever reads seldom
    would read the past. ``monotonic`` gives seconds that never jump; ``open`` opens the port.
    """

    def __init__(
        self,
        options: SerialOptions,
        monotonic: Callable[[], float] = time.monotonic,
        open: "Callable[[SerialOptions], serial.Serial] | None" = None,  # noqa: A002 - what it does
    ) -> None:
        self._options = options
        self._monotonic = monotonic
        self._open = open or open_port
        self._listener: _Listener | None = None
        self._since = monotonic()

    def read(self) -> Sequence[Reading]:
        """What came since the last reading; nothing where the device has only not spoken for a while.

        Raises ``SensorLost`` where the port is not there, or no line has fitted for ``patience``.
        """
        if self._listener is None:
            self._listener = _Listener(self._options, self._open(self._options))
            self._since = self._monotonic()
        try:
            numbers = self._listener.take(self._options.ask)
        except SensorLost:
            self.close()
            raise
        if numbers:
            self._since = self._monotonic()
        elif self._monotonic() - self._since >= self._options.patience.total_seconds():
            raise SensorLost(f"{self._options.port} {self._listener.unheard()}")
        return list(self._options.readings(numbers))

    @property
    def lines(self) -> int:
        """How many whole lines came since the port was opened, of whatever sort."""
        return 0 if self._listener is None else self._listener.lines

    def close(self) -> None:
        """Give the port back."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None


class _Listener:
    """An open port, and the thread that reads it. The lock guards what the thread leaves behind."""

    def __init__(self, options: SerialOptions, port: "serial.Serial") -> None:
        self._format = options
        self._parse = options.parser()
        self._port = port
        # A device that is asked is silent before; any other may be in the middle of a line.
        self._buffer = LineBuffer(midway=not options.ask)
        self._changed = threading.Condition()
        self._numbers: dict[str, float] = {}
        self._misfit = ""
        self._broken: str | None = None
        self.lines = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name=f"lines of {options.port}", daemon=True)
        self._thread.start()

    def take(self, ask: str) -> Mapping[str, float]:
        """The numbers since the last call; where ``ask`` is sent first, those that answer it."""
        with self._changed:
            if ask and self._broken is None:
                self._numbers = {}
                self._send(ask)
                self._changed.wait_for(self._answered, _ANSWER_SECONDS)
            if self._broken is not None:
                raise SensorLost(self._broken)
            numbers, self._numbers = self._numbers, {}
            return numbers

    def unheard(self) -> str:
        """Why there are no numbers."""
        return f"sends nothing that fits: {self._misfit!r}" if self._misfit else "sends nothing"

    def close(self) -> None:
        """Stop the thread and close the port."""
        self._stop.set()
        self._port.cancel_read()
        self._thread.join(2 * _LOOK_SECONDS)
        self._port.close()

    def _send(self, ask: str) -> None:
        try:
            self._port.write(ask.encode())
        except OSError:
            self._broken = f"{self._format.port} takes no question"

    def _answered(self) -> bool:
        return self._broken is not None or len(self._numbers) == len({v.key for v in self._format.values})

    def _listen(self) -> None:
        why = "is closed"
        try:
            while not self._stop.is_set():
                if data := self._port.read(max(1, self._port.in_waiting)):
                    self._hear(data)
        except (OSError, TypeError):  # a TypeError when it is closed under the read
            why = "is gone"
        except Exception as error:  # whatever it is, the next reading opens the port again
            logger.exception("Lines of %s could not be read", self._format.port)
            why = f"could not be read: {error}"
        with self._changed:
            self._broken = f"{self._format.port} {why}"
            self._changed.notify_all()

    def _hear(self, data: bytes) -> None:
        with self._changed:
            for line in self._buffer.feed(data):
                numbers = self._parse(line)
                self._numbers.update(numbers)
                self._misfit = "" if numbers else line[:_SHOWN]
                self.lines += 1
            self._changed.notify_all()


def open_port(options: SerialOptions) -> "serial.Serial":
    """The port of ``options``, for this process alone; raises ``SensorLost``."""
    import serial

    try:
        return serial.Serial(
            options.port, options.baud, timeout=_LOOK_SECONDS, write_timeout=_LOOK_SECONDS, exclusive=True
        )
    except (OSError, ValueError) as error:
        raise SensorLost(f"{options.port} cannot be opened: {_why(error)}") from None


def _why(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EAGAIN, errno.EBUSY):
        return "another program uses it"
    if number == errno.EACCES:
        return "this user may not; on a Raspberry Pi the group dialout may"
    return str(error) if number is None else os.strerror(number)
