"""Pets and persons in a picture, by somebody's model: one adapter a layout of models."""

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from vision.config import DetectorSection
from vision.detectors.classes import COCO, COCO_BY_ID, Kinds, kinds, read_labels
from vision.detectors.coral import open_coral
from vision.detectors.detr import DFine, RfDetr
from vision.detectors.found import PERSON, PET, BadModel, Detector, Found
from vision.detectors.nanodet import NanoDet
from vision.detectors.network import Network
from vision.detectors.onnx import open_onnx
from vision.detectors.ssd import Ssd
from vision.detectors.yolox import Yolox

__all__ = ["LAYOUTS", "PERSON", "PET", "BadModel", "Detector", "Found", "Opened", "open_detector"]


class Layout(NamedTuple):
    """How to read a model: the adapter, and the classes that those trained on COCO have."""

    adapter: Callable[..., Detector]
    names: tuple[str, ...]


LAYOUTS = MappingProxyType(
    {
        "nanodet": Layout(NanoDet, COCO),
        "yolox": Layout(Yolox, COCO),
        "rf-detr": Layout(RfDetr, COCO_BY_ID),
        "d-fine": Layout(DFine, COCO),
        "ssd": Layout(Ssd, COCO_BY_ID[1:]),
    }
)
"""The layouts by the names that the configuration gives them."""


class Opened(NamedTuple):
    """A detector, and what it stands on."""

    detector: Detector
    network: Network
    kinds: Kinds


def open_detector(section: DetectorSection) -> Opened:
    """The detector that ``section`` asks for; raises ``BadModel``, also where it names no model."""
    if section.model is None or section.layout is None:
        raise BadModel("no model is configured: set model and layout in [vision.detector]")
    layout = LAYOUTS[section.layout]
    names = layout.names if section.labels is None else read_labels(section.labels)
    wanted = kinds(names, section.pets)
    network = _network(section.model, section.provider)
    return Opened(layout.adapter(network, wanted, len(names), sure=section.sure), network, wanted)


def _network(model: Path, provider: str) -> Network:
    if not model.is_file():
        raise BadModel(f"the model {model} is no file")
    if provider == "coral" or (provider == "auto" and model.suffix == ".tflite"):
        return open_coral(model)
    return open_onnx(model, provider)
