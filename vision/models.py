"""Models that people may use freely, where they are, and the sum that theirs must have.

Only what its authors publish themselves is fetched by name. The sums are of their release files, as several
projects that pin them wrote them down independently of each other. Ultralytics' models are under the AGPL,
and not here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is known. Without ``url`` its authors publish none in ONNX: it is exported by hand."""

    name: str
    layout: str
    licence: str
    note: str
    url: str = ""
    sha256: str = ""
    size: int | None = None
    """In bytes."""

    @property
    def file(self) -> str:
        """What its file is called, by its address; empty where that tells no name."""
        return re.sub(r"[^A-Za-z0-9._-]", "-", self.url.split("?")[0].rsplit("/", 1)[-1]).lstrip(".")


_YOLOX = "https://github.com/Megvii-BaseDetection/YOLOX/releases/download/0.1.1rc0"
_NANODET = "https://github.com/RangiLyu/nanodet/releases/download/v1.0.0-alpha-1"

MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            Model(
                "nanodet-plus-m",
                "nanodet",
                "Apache-2.0",
                "416 pixels; for a Raspberry Pi 4",
                f"{_NANODET}/nanodet-plus-m_416.onnx",
                "59d2f166088889c902f523bf08079391993491324f0d84847e3c4016a8f7cc3d",
            ),
            Model(
                "yolox-nano",
                "yolox",
                "Apache-2.0",
                "416 pixels; for a Raspberry Pi 4, the smallest",
                f"{_YOLOX}/yolox_nano.onnx",
                "c789161ed43c8269fcd4e67c67eeeb4e80c622da2eb296a20bc6007bd18a0b7d",
                3_659_407,
            ),
            Model(
                "yolox-tiny",
                "yolox",
                "Apache-2.0",
                "416 pixels; surer, for a Raspberry Pi 5",
                f"{_YOLOX}/yolox_tiny.onnx",
                "427cc366d34e27ff7a03e2899b5e3671425c262ea2291f88bb942bc1cc70b0f7",
                20_219_662,
            ),
            Model("d-fine-n", "d-fine", "Apache-2.0", "640 pixels; export it, or pull a URL with --sha256"),
            Model(
                "rf-detr-nano", "rf-detr", "Apache-2.0", "384 pixels; export it, or pull a URL with --sha256"
            ),
        )
    }
)
"""By name."""
