"""A stand-in for picamera2: what its manual promises of the parts that record video, over a painted sensor.

It keeps the order of calls, the threads, the errors and their causes of the library (0.3.3x). What is
attached and what befalls it is said by ``bench``.
"""

import threading
import time
from typing import Any

import numpy as np

from . import bench
from .encoders import Encoder
from .outputs import Output

__all__ = ["Picamera2"]

_KEYS = {"format", "size", "preserve_ar", "stride", "framesize"}


class Request:
    """One picture of the sensor."""

    def __init__(self, picture: Any, nanoseconds: int) -> None:
        self.picture = picture
        self.metadata = {"SensorTimestamp": nanoseconds}


class Picamera2:
    """One camera, which one at a time may hold."""

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [
            {"Model": "imx708", "Location": 2, "Rotation": 180, "Id": f"/base/{n}", "Num": n}
            for n in range(bench.attached)
        ]

    def __init__(self, camera_num: int = 0) -> None:
        self.is_open = False
        self.camera_config: dict[str, Any] = {}
        self.started = False
        self._encoders: set[Encoder] = set()
        self._thread: threading.Thread | None = None
        self.camera_idx = self.global_camera_info()[camera_num]["Num"]
        try:
            if self.camera_idx in bench.held:
                raise RuntimeError("Failed to acquire camera: Device or resource busy")  # noqa: TRY301
            bench.held.add(self.camera_idx)
        except Exception as error:
            raise RuntimeError("Camera __init__ sequence did not complete.") from error
        self.is_open = True

    def create_video_configuration(
        self,
        main: dict[str, Any] | None = None,
        lores: dict[str, Any] | None = None,
        transform: Any = None,
        buffer_count: int = 6,
        controls: dict[str, Any] | None = None,
        encode: str = "main",
    ) -> dict[str, Any]:
        if not self.is_open:
            raise RuntimeError("Camera not opened")
        for key in main or {}:
            if key not in _KEYS:
                raise ValueError(f"Bad key {key!r}: valid stream configuration keys are {_KEYS}")
        return {
            "main": {"format": "XBGR8888", "size": (1280, 720), **(main or {})},
            "lores": lores,
            "transform": transform,
            "buffer_count": buffer_count,
            "controls": {"FrameDurationLimits": (33333, 33333), **(controls or {})},
            "encode": encode,
        }

    def configure(self, camera_config: dict[str, Any]) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        width, height = camera_config["main"]["size"]
        if width % 2 or height % 2:
            raise RuntimeError("width and height should be even")
        for control in camera_config["controls"]:
            if control not in {"FrameDurationLimits", "AwbMode", "AfMode"}:
                raise RuntimeError(f"Control {control} is not advertised by libcamera")
        self.camera_config = camera_config
        bench.configured.append(camera_config)

    def start_recording(self, encoder: Encoder, output: Output, config: Any = None, name: Any = None) -> None:
        if not self.camera_config:
            raise RuntimeError("Camera has not been configured")
        encoder.output = output
        encoder.width, encoder.height = self.camera_config["main"]["size"]
        encoder.format = self.camera_config["main"]["format"]
        encoder.start()
        self._encoders.add(encoder)
        self.started = True
        self._thread = threading.Thread(target=self._run, name="picamera2", daemon=True)
        self._thread.start()

    def stop_recording(self) -> None:
        bench.stopping.wait(60)
        self.started = False
        if self._thread is not None:
            self._thread.join()
        for encoder in self._encoders:
            encoder.stop()
        self._encoders.clear()

    def close(self) -> None:
        if not self.is_open:
            return
        self.is_open = False
        bench.held.discard(self.camera_idx)

    def _run(self) -> None:
        period = self.camera_config["controls"]["FrameDurationLimits"][1] / 1e6
        width, height = self.camera_config["main"]["size"]
        noise = np.random.default_rng(2)
        began, number = time.monotonic(), 0
        while self.started and not bench.unplugged.is_set():
            picture = noise.integers(90, 120, (height * 3 // 2, width), np.uint8)
            request = Request(picture, time.monotonic_ns())
            for encoder in self._encoders:
                encoder.encode("main", request)
            number += 1
            time.sleep(max(0.0, began + number * period - time.monotonic()))
