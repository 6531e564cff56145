"""Checks the keys that belong to a kind of sensor or camera, without opening any."""

from collector.sensors import SensorError, check_sensor
from hutch.config import Config, ConfigError


def check_kinds(config: Config, origin: str) -> None:
    """Raise ``ConfigError`` with a line for each of ``wrong_kinds``."""
    if mistakes := wrong_kinds(config, origin):
        raise ConfigError("\n".join(mistakes))


def wrong_kinds(config: Config, origin: str) -> list[str]:
    """A line for each sensor, broker or camera whose kind or keys are wrong."""
    # Checking a camera's keys loads the libraries of its adapter, which only few can afford.
    from vision.cameras import BadCamera, open_camera

    mistakes = _wrong_sensors(config, origin) + _wrong_broker(config, origin)
    for camera in config.vision.cameras:
        try:
            open_camera(camera)
        except BadCamera as error:
            mistakes.append(f"{origin}: [[vision.cameras]] {error}")
    return mistakes


def _wrong_sensors(config: Config, origin: str) -> list[str]:
    mistakes: list[str] = []
    for sensor in config.collector.sensors:
        try:
            check_sensor(sensor)
        except SensorError as error:
            mistakes.append(f"{origin}: [[collector.sensors]] {error}")
    return mistakes


def _wrong_broker(config: Config, origin: str) -> list[str]:
    if not config.collector.mqtt.broker:
        return []
    from collector.mqtt.connection import password_of, tls_of

    mistakes: list[str] = []
    for look in (password_of, tls_of):
        try:
            look(config.collector.mqtt)
        except SensorError as error:
            mistakes.append(f"{origin}: {error}")
    return mistakes
