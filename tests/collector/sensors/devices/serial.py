"""A device on a serial port: the other end of a pseudo terminal, which the real pyserial opens."""

import os
import re
import select
import threading
import time
import tty
from collections.abc import Sequence
from pathlib import Path

import serial

from collector.sensors import Clock, Reading, Sensor
from collector.sensors.usb_serial import SerialLines, SerialOptions, open_port

DEADLINE = 5.0


class Port:
    """``input/`` holds ``sent``, the bytes of a turn, or ``answer`` to being asked, or ``unplugged``."""

    def __init__(self, scratch: Path) -> None:
        self._said = scratch
        self._plugged: _Plugged | None = None

    def play(self, said: Path) -> None:
        self._said = said
        if (said / "unplugged").exists():
            self.close()
        elif self._plugged is None:
            self._plugged = _Plugged()
        if self._plugged is not None:
            self._plugged.answer = self._file("answer")

    def open(self, options: SerialOptions, now: Clock) -> Sensor:
        return _Patient(self, SerialLines(options, now, self._open), asked=bool(options.ask))

    def close(self) -> None:
        if self._plugged is not None:
            self._plugged.close()
            self._plugged = None

    @property
    def connected(self) -> bool:
        return self._plugged is not None and self._plugged.connected

    def send(self, adapter: SerialLines) -> None:
        """Send this turn's bytes and wait until the adapter has heard every whole line of them."""
        assert self._plugged is not None
        self._plugged.send(self._file("sent"))
        until = time.monotonic() + DEADLINE
        while adapter.lines < self._plugged.lines:
            assert time.monotonic() < until, f"{adapter.lines} of {self._plugged.lines} lines were heard"
            time.sleep(0.001)

    def _open(self, options: SerialOptions) -> serial.Serial:
        if self._plugged is None:
            return open_port(options)
        return self._plugged.open(options)

    def _file(self, name: str) -> bytes:
        file = self._said / name
        return file.read_bytes() if file.exists() else b""


class _Plugged:
    """One time that the device is plugged in."""

    def __init__(self) -> None:
        self._device, self._port = os.openpty()
        tty.setraw(self._port)
        self._sent = b""
        self._stop = threading.Event()
        self._answering: threading.Thread | None = None
        self.answer = b""
        self.connected = False

    def open(self, options: SerialOptions) -> serial.Serial:
        port = open_port(options.model_copy(update={"port": os.ttyname(self._port)}))
        self.connected = True
        if options.ask:
            self._answering = threading.Thread(target=self._answer, args=(options.ask.encode(),))
            self._answering.start()
        return port

    def send(self, data: bytes) -> None:
        os.write(self._device, data)
        self._sent += data

    @property
    def lines(self) -> int:
        """The whole lines sent that are not empty; the first may have begun before, and does not count."""
        whole = re.split(rb"[\r\n]+", self._sent)[:-1]
        return sum(1 for line in whole[1:] if line.strip())

    def close(self) -> None:
        self._stop.set()
        if self._answering is not None:
            self._answering.join(DEADLINE)
        os.close(self._port)
        os.close(self._device)

    def _answer(self, ask: bytes) -> None:
        heard = b""
        while not self._stop.is_set():
            if not select.select([self._device], [], [], 0.02)[0]:
                continue
            heard += os.read(self._device, 100)
            if heard.endswith(ask):
                os.write(self._device, self.answer)
                heard = b""


class _Patient:
    """The adapter, asked when what was sent has arrived: a turn of a test takes no time, a line does."""

    def __init__(self, device: Port, adapter: SerialLines, *, asked: bool) -> None:
        self._device = device
        self._adapter = adapter
        self._asked = asked

    def read(self) -> Sequence[Reading]:
        if not self._asked:
            until = time.monotonic() + DEADLINE
            while not self._device.connected:
                assert time.monotonic() < until, "the adapter neither opens the port nor misses it"
                self._adapter.read()
                time.sleep(0.001)
            self._device.send(self._adapter)
        return self._adapter.read()

    def close(self) -> None:
        self._adapter.close()


def device(scratch: Path) -> Port:
    return Port(scratch)
