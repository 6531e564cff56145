"""The library of ``apt install sense-hat``, answering from ``readings.txt``; see devices/sense_hat.py."""

from pathlib import Path

said = Path()
"""The folder of this turn; the bench sets it."""


def readings() -> dict[str, list[str]]:
    lines = (said / "readings.txt").read_text(encoding="utf-8").splitlines()
    words = [line.split("#")[0].split() for line in lines]
    return {word[0]: word[1:] for word in words if word}


class SenseHat:
    """The HAT; 0 stands for a value that its chip had not, as in the library."""

    def __init__(self) -> None:
        if "no-hat" in readings():
            raise OSError("Cannot detect RPi-Sense FB device")
        self._given: dict[str, int] = {}

    def get_humidity(self) -> float:
        return self._next("humidity", "Humidity Init Failed")

    def get_pressure(self) -> float:
        return self._next("pressure", "Pressure Init Failed")

    def get_temperature_from_humidity(self) -> float:
        return self._next("temperature_from_humidity", "Humidity Init Failed")

    def get_temperature_from_pressure(self) -> float:
        return self._next("temperature_from_pressure", "Pressure Init Failed")

    def _next(self, name: str, failure: str) -> float:
        values = readings().get(name)
        if values is None:
            raise OSError(failure)
        at = self._given.get(name, 0)
        self._given[name] = at + 1
        value = values[min(at, len(values) - 1)]
        return 0 if value == "-" else float(value)
