"""USB thermometers of the TEMPer family, through the kernel's hidraw files: plain files, no library."""

import os
import re
import select
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from collector.sensors.reading import Reading, SensorLost
from collector.sensors.temper_stick import (
    ASK_FIRMWARE,
    ASK_VALUES,
    REPORT_BYTES,
    USB_IDS,
    BadReport,
    Layout,
    firmware_of,
    layout_of,
    values_of,
)
from influx.config import Section
from influx.schema import ENVIRONMENT

_ANSWER_SECONDS = 1.0
_MORE_SECONDS = 0.1
_STALE_REPORTS = 64
_NO_REPORT_NUMBER = b"\0"
"""The kernel's Documentation/hid/hidraw.rst: written first to a device that does not number its reports."""
_HID_ID = re.compile(r"^HID_ID=[0-9A-F]{4}:([0-9A-F]{8}):([0-9A-F]{8})$", re.MULTILINE)
_HID_PHYS = re.compile(r"^HID_PHYS=(.+)/input([0-9]+)$", re.MULTILINE)


class TemperOptions(Section):
    """A TEMPer thermometer on USB (vendor and product 0c45:7401, 413d:2107, 1a86:e025, 3553:a001)."""

    usb_port: str = Field(
        "",
        max_length=100,
        description="The end of the USB port it is in, as the error says; needed where there are several.",
        examples=["-1.2"],
    )
    measures: Literal["air", "probe"] = Field(
        "air", description="What it gives: the air at the stick, or the end of its cable."
    )


@dataclass(frozen=True, slots=True)
class Stick:
    """A stick that is plugged in: its hidraw file, and the USB port it is in."""

    name: str
    port: str


class Temper:
    """One stick, found anew whenever it was gone; ``sysfs`` and ``dev`` are where the kernel shows it."""

    def __init__(
        self, options: TemperOptions, sysfs: Path = Path("/sys/class/hidraw"), dev: Path = Path("/dev")
    ) -> None:
        self._options = options
        self._sysfs = sysfs
        self._dev = dev
        self._file: int | None = None
        self._layout: Layout | None = None

    def read(self) -> Sequence[Reading]:
        """°C, and % where it has it; raises ``SensorLost`` where it is gone or its answer makes no sense."""
        try:
            if self._file is None or self._layout is None:
                self._layout = self._open()
            answer = self._ask(ASK_VALUES, self._layout.reports)
            fields = values_of(self._layout, answer, probe=self._options.measures == "probe")
        except (OSError, BadReport) as error:
            self.close()
            why = error.strerror if isinstance(error, OSError) else error
            raise SensorLost(f"the TEMPer stick cannot be read: {why}") from None
        return [Reading(ENVIRONMENT, fields)]

    def close(self) -> None:
        """Close its file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> Layout:
        stick = chosen(sticks(self._sysfs), self._options.usb_port)
        try:
            self._file = os.open(self._dev / stick.name, os.O_RDWR | os.O_NONBLOCK)
        except PermissionError:
            raise SensorLost(
                f"this user may not read /dev/{stick.name}; give it to a group by a rule of udev"
            ) from None
        return layout_of(firmware_of(self._ask(ASK_FIRMWARE, 2)))

    def _ask(self, command: bytes, reports: int) -> bytes:
        """The answer to ``command``: at most so many reports, fewer where no more come in time."""
        assert self._file is not None
        for _ in range(_STALE_REPORTS):
            if not self._wait(0):
                break
            os.read(self._file, REPORT_BYTES)
        os.write(self._file, _NO_REPORT_NUMBER + command)
        answer, until = b"", time.monotonic() + _ANSWER_SECONDS
        while len(answer) < reports * REPORT_BYTES and self._wait(until - time.monotonic()):
            answer += self._read()
            if len(answer) % REPORT_BYTES == 0:
                until = time.monotonic() + _MORE_SECONDS
        return answer

    def _read(self) -> bytes:
        assert self._file is not None
        data = os.read(self._file, REPORT_BYTES)
        if not data:
            raise BadReport("it was pulled out")
        return data

    def _wait(self, seconds: float) -> bool:
        assert self._file is not None
        return bool(select.select([self._file], [], [], max(0.0, seconds))[0])


def sticks(sysfs: Path) -> list[Stick]:
    """The sticks that are plugged in. Each has two files: a keyboard, and the one that measures."""
    found: dict[str, tuple[int, Stick]] = {}
    for entry in sorted(sysfs.glob("hidraw*")):
        try:
            told = (entry / "device" / "uevent").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # pulled out meanwhile
        usb, place = _HID_ID.search(told), _HID_PHYS.search(told)
        if usb is None or place is None or (int(usb[1], 16), int(usb[2], 16)) not in USB_IDS:
            continue
        port, interface = place[1], int(place[2])
        if port not in found or interface > found[port][0]:
            found[port] = (interface, Stick(entry.name, port))
    return [stick for _, stick in sorted(found.values(), key=lambda entry: entry[1].port)]


def chosen(found: Sequence[Stick], usb_port: str) -> Stick:
    """The one stick whose port ends with ``usb_port``; raises ``SensorLost`` for none and for several."""
    fitting = [stick for stick in found if stick.port.endswith(usb_port)]
    if len(fitting) == 1:
        return fitting[0]
    ports = ", ".join(stick.port for stick in fitting or found)
    if fitting:
        raise SensorLost(f"there are several TEMPer sticks; set usb_port to the end of one of {ports}")
    raise SensorLost(
        f"no TEMPer stick is in {usb_port!r}; there are {ports}" if found else "no TEMPer stick is plugged in"
    )
