"""A model that is loaded: what goes in, what comes out, and on which hardware it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vision.detectors.found import BadModel

Tensor = npt.NDArray[Any]
Plane = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a model; a side of its shape is None where it is free."""

    name: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        sides = " × ".join("?" if side is None else str(side) for side in self.shape)
        return f"{self.name} ({sides})"


class Network(Protocol):
    """A loaded model. This is all that hardware must offer to run one of the layouts."""

    @property
    def model(self) -> Path:
        """The file it came from, for messages."""
        ...

    @property
    def provider(self) -> str:
        """What runs it, in a word for people: ``cpu``, ``hailo``, ``coral``."""
        ...

    @property
    def inputs(self) -> Sequence[Port]:
        """What goes in."""
        ...

    @property
    def outputs(self) -> Sequence[Port]:
        """What comes out."""
        ...

    def run(self, feeds: Mapping[str, Tensor], wanted: Sequence[str]) -> list[Tensor]:
        """The outputs of these names for ``feeds``; what it raises is its maker's business."""
        ...


def picture_size(network: Network, layout: str, *, last: bool = False) -> tuple[int, int]:
    """Width and height of the picture that ``network`` takes; channels first, or ``last``.

    Raises ``BadModel`` where its first input is no picture of a fixed size.
    """
    shape = network.inputs[0].shape if network.inputs else ()
    sides = shape[1:3] if last else shape[2:]
    channels = shape[3:] if last else shape[1:2]
    match sides:
        case (int(height), int(width)) if len(shape) == 4 and channels == (3,) and shape[0] in (1, None):
            return width, height
    order = "1 × height × width × 3" if last else "1 × 3 × height × width"
    raise other_layout(network, layout, f"a picture of fixed size ({order}) as its first input")


def other_layout(network: Network, layout: str, wanted: str) -> BadModel:
    """The error for a model that is not of ``layout``, which would have ``wanted``."""
    there = ", ".join(str(port) for port in (*network.inputs, *network.outputs))
    return BadModel(
        f"the model {network.model} is not of layout {layout}, which has {wanted}; it has {there}"
    )
