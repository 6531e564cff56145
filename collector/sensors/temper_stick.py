"""What the sticks of the TEMPer family say: commands, firmware names and reports, as pure functions.

PCsensor publishes no protocol. It is described by github.com/urwen/temper (temper.py), its continuation
github.com/ccwienk/temper, github.com/padelt/temper-python and github.com/edorfaus/TEMPered; the reports in
the tests were captured by owners of sticks in the issues of these projects.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

USB_IDS = frozenset(
    {(0x0C45, 0x7401), (0x0C45, 0x7402), (0x413D, 0x2107), (0x1A86, 0xE025), (0x3553, 0xA001)}
)
"""Vendor and product of the sticks."""
REPORT_BYTES = 8
ASK_FIRMWARE = bytes.fromhex("0186ff0100000000")
"""Answered by two reports of ASCII."""
ASK_VALUES = bytes.fromhex("0180330100000000")
"""Answered by one report, or by two where the firmware knows of a probe."""
_VALUES = 0x80
"""Reports with values start with the command that asked for them."""
_NOTHING = 0x4E20
"""Newer firmware says 200.00 for a sensor that is not there."""


class BadReport(ValueError):
    """An answer that says nothing, in one sentence."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the values stand in an answer, as offsets of big-endian 16-bit numbers, and what they mean."""

    temperature: int | None
    humidity: int | None
    probe: int | None
    celsius: Callable[[int], float]
    percent: Callable[[int], float]
    reports: int
    says_nothing: bool


def _hundredths(raw: int) -> float:
    return raw / 100


def _fm75(raw: int) -> float:
    """Fairchild FM75 data sheet: the temperature register is two's complement, 1/256 °C a bit."""
    return raw / 256


def _sht20_celsius(raw: int) -> float:
    """Sensirion SHT20 data sheet, 6.2; the stick sends its 14 bits without the two status bits."""
    return -46.85 + 175.72 * (raw << 2) / 65536


def _sht20_percent(raw: int) -> float:
    """Sensirion SHT20 data sheet, 6.1; 12 bits."""
    return -6 + 125 * (raw << 4) / 65536


def _old(temperature: int, probe: int | None = None) -> Layout:
    return Layout(temperature, None, probe, _fm75, _hundredths, 1, says_nothing=False)


def _new(*, humidity: bool = False, probe: bool = False) -> Layout:
    offsets = (2, 4 if humidity else None, 10 if probe else None)
    return Layout(*offsets, _hundredths, _hundredths, 2 if probe else 1, says_nothing=True)


_LAYOUTS: Mapping[str, Layout] = {
    "TEMPer1F_H1V1.5": Layout(2, 4, None, _sht20_celsius, _sht20_percent, 1, says_nothing=False),
    "TEMPerF1.": _old(2),
    "TEMPer1F1.": _old(2),
    "TEMPer2_M12_V1.": _old(2, probe=4),
    "TEMPerGold_V3.": _new(),
    "TEMPerX_V3.": _new(humidity=True, probe=True),
    "TEMPerHUM_V3.": _new(humidity=True, probe=True),
    "TEMPerHUM_V4.": _new(humidity=True, probe=True),
    "TEMPer2_V3.": _new(probe=True),
    "TEMPer2_V4.": _new(probe=True),
}
"""By the start of the firmware's name."""


def firmware_of(answer: bytes) -> str:
    """The firmware's name in an answer to ``ASK_FIRMWARE``; raises ``BadReport``."""
    name = answer.rstrip(b"\0 ").decode("ascii", "replace")
    if not name.startswith("TEMPer"):
        raise BadReport(f"it does not name its firmware but says {answer.hex() or 'nothing'}")
    return name


def layout_of(firmware: str) -> Layout:
    """How the firmware answers; raises ``BadReport`` for one that is not known: a guess would be wrong."""
    for start, layout in _LAYOUTS.items():
        if firmware.startswith(start):
            return layout
    raise BadReport(f"its firmware {firmware!r:.40} is not known; there are {', '.join(_LAYOUTS)}")


def values_of(layout: Layout, answer: bytes, *, probe: bool) -> dict[str, float | None]:
    """Temperature in °C and humidity in %; with ``probe`` the temperature at the end of the cable.

    A value that the stick has not is None. Raises ``BadReport`` where there is none at all.
    """
    if len(answer) < REPORT_BYTES or answer[0] != _VALUES:
        raise BadReport(f"its answer {answer.hex() or 'of nothing'} holds no values")
    temperature = _raw(layout, answer, layout.probe if probe else layout.temperature)
    humidity = None if probe else _raw(layout, answer, layout.humidity)
    if temperature is None and humidity is None:
        raise BadReport("no probe is plugged into it" if probe else "it has no sensor of its own")
    return {
        "temperature": None if temperature is None else round(layout.celsius(temperature), 2),
        "humidity": None if humidity is None else round(layout.percent(humidity), 2),
    }


def _raw(layout: Layout, answer: bytes, offset: int | None) -> int | None:
    if offset is None or len(answer) < offset + 2:
        return None
    raw = int.from_bytes(answer[offset : offset + 2], "big", signed=True)
    return None if layout.says_nothing and raw == _NOTHING else raw
