"""Degrees as people think of them: stored are Celsius."""


def celsius(fahrenheit: float) -> float:
    """°C of ``fahrenheit``, to the thousandth: the sensors give hundredths."""
    return round((fahrenheit - 32) / 1.8, 3)


def in_unit(celsius: float, unit: str) -> float:
    """Degrees Celsius in ``unit``, which is C or F."""
    return celsius * 9 / 5 + 32 if unit == "F" else celsius


def apart(celsius: float, unit: str) -> float:
    """How far two temperatures are apart in ``unit``, which is C or F: 1 °C is 1.8 °F."""
    return celsius * 9 / 5 if unit == "F" else celsius
