"""The test bench: a case's sensors run on devices that behave as its input says, and give a transcript.

A case is a folder (see cases/README.md). A kind's device is the module of that name in ``devices/``.
"""

import importlib
import logging
import threading
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, cast

from collector.clock import Stamp
from collector.config import CollectorSection, SensorSection
from collector.sampler import Sampler
from collector.sensors import Clock as Now
from collector.sensors import Sensor, check_sensor
from collector.sensors.calibration import calibrated
from influx.points import Point, line
from tests.collector.lines import Clock

CASES = Path(__file__).with_name("cases")
START = 1_780_000_000
"""When the first turn of every case is, in seconds since 1970."""
INTERVAL = timedelta(seconds=10)


class Device(Protocol):
    """What stands in for hardware: a real implementation of what the adapter speaks to."""

    def play(self, said: Path) -> None:
        """Be from now on as the files in ``said`` say; called before every turn."""

    def open(self, options: Any, now: Now) -> Sensor:
        """Open the adapter on this device, as the table of kinds opens it on hardware."""

    def close(self) -> None:
        """Give back what was held."""


def device_of(kind: str, scratch: Path) -> Device:
    """The device that a kind is tried on; ``scratch`` is an empty folder of its own."""
    module = importlib.import_module(f"tests.collector.sensors.devices.{kind}")
    return cast(Device, module.device(scratch))


def cases() -> list[Path]:
    return sorted(path.parent for path in CASES.glob("*/sensor.toml"))


def sensors_of(case: Path) -> CollectorSection:
    """The sensors of a case, as they would stand in hutch.toml."""
    text = (case / "sensor.toml").read_text(encoding="utf-8")
    return CollectorSection.model_validate(tomllib.loads(text)["collector"])


def turns_of(case: Path) -> list[Path]:
    """What the devices say, turn by turn: ``input/turn-1``, ``turn-2``, … or just ``input``."""
    said = case / "input"
    return sorted(said.glob("turn-*"), key=lambda turn: int(turn.name[5:])) or [said]


def transcript(case: Path, scratch: Path) -> str:
    """Every point of every turn as line protocol, and what the log says as comments, in their order."""
    config = sensors_of(case)
    said: list[str] = []
    clock = Clock(START)
    with ExitStack() as stack:
        stack.enter_context(_heard(said))
        devices = {}
        for kind in sorted({section.kind for section in config.sensors}):
            (scratch / kind).mkdir()
            devices[kind] = stack.enter_context(closing(device_of(kind, scratch / kind)))
        samplers = [
            _sampler(section, devices[section.kind], stack, said, clock) for section in config.sensors
        ]
        for turn in turns_of(case):
            for device in devices.values():
                device.play(turn)
            for sampler in samplers:
                sampler.sample()
            clock.seconds += INTERVAL.total_seconds()
    return "".join(f"{entry}\n" for entry in said)


def _sampler(
    section: SensorSection, device: Device, stack: ExitStack, said: list[str], clock: Clock
) -> Sampler:
    options = check_sensor(section)

    def opened() -> Sensor:
        return stack.enter_context(closing(calibrated(device.open(options, clock), section.offsets)))

    def add(points: Sequence[Point], *, boot: str | None = None) -> None:
        said.extend(line(point) for point in points)

    return Sampler(
        section,
        INTERVAL,
        node="pi",
        open=opened,
        add=add,
        stamp=lambda: Stamp(int(clock()) * 10**9),
        stop=threading.Event(),
        monotonic=clock,
    )


@contextmanager
def _heard(said: list[str]) -> Iterator[None]:
    """What the collector logs goes among the lines, as comments."""

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(f"# {record.getMessage()}")

    ear, logger = Ear(logging.INFO), logging.getLogger("collector")
    level = logger.level
    logger.addHandler(ear)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(ear)
        logger.setLevel(level)
