"""TEMPer sticks: hidraw files that are pseudo terminals, below folders like those of sysfs."""

import os
import select
import shutil
import threading
import tty
from pathlib import Path

from collector.sensors import Clock, Sensor
from collector.sensors.usb_hid import Temper, TemperOptions

DEADLINE = 5.0


class Ports:
    """``input/<hidraw…>/`` holds ``uevent`` as in sysfs, and ``reports``: a command and its answer a line.

    Bytes are in hex; ``<`` before a line is a report that was on its way before anybody asked.
    """

    def __init__(self, scratch: Path) -> None:
        self._sysfs, self._dev = scratch / "sysfs", scratch / "dev"
        self._sticks: list[_Hidraw] = []
        self._dev.mkdir()

    def play(self, said: Path) -> None:
        known = {stick.name: stick for stick in self._sticks}
        now = {entry.name: entry for entry in sorted(said.glob("hidraw*"))}
        for name in known.keys() - now.keys():
            known[name].close()
            self._sticks.remove(known[name])
        for name, entry in now.items():
            shutil.rmtree(self._sysfs / name, ignore_errors=True)
            (self._sysfs / name / "device").mkdir(parents=True)
            shutil.copy(entry / "uevent", self._sysfs / name / "device" / "uevent")
            if name not in known:
                known[name] = _Hidraw(self._dev / name, self._sysfs / name)
                self._sticks.append(known[name])
            known[name].say(entry / "reports")

    def open(self, options: TemperOptions, now: Clock) -> Sensor:
        return Temper(options, self._sysfs, self._dev)

    def close(self) -> None:
        for stick in self._sticks:
            stick.close()
        self._sticks = []


class _Hidraw:
    """One hidraw file and the stick behind it, which answers until it is pulled out."""

    def __init__(self, path: Path, shown: Path) -> None:
        self.name = path.name
        self._path, self._shown = path, shown
        self._stick, self._file = os.openpty()
        tty.setraw(self._file)
        path.symlink_to(os.ttyname(self._file))
        self._answers: dict[bytes, bytes] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def say(self, reports: Path) -> None:
        self._answers = {}
        for line in reports.read_text(encoding="ascii").splitlines() if reports.exists() else []:
            command, _, answer = line.partition(">")
            if command.startswith("<"):
                os.write(self._stick, bytes.fromhex(command[1:]))
            else:
                self._answers[bytes.fromhex(command)] = bytes.fromhex(answer)

    def close(self) -> None:
        self._stop.set()
        self._thread.join(DEADLINE)
        self._path.unlink()
        shutil.rmtree(self._shown)
        os.close(self._file)
        os.close(self._stick)

    def _answer(self) -> None:
        while not self._stop.is_set():
            if select.select([self._stick], [], [], 0.01)[0]:
                asked = os.read(self._stick, 64)
                assert asked[:1] == b"\0", "the kernel wants a report number before the report"
                os.write(self._stick, self._answers.get(asked[1:], b""))


def device(scratch: Path) -> Ports:
    return Ports(scratch)
