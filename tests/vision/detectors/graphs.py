"""Small ONNX models that look at their picture: a cell whose mean is bright in red, green or blue is a
cat, a person or a dog there. Each lays its findings out as the models do that people use.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 64
"""Pixels of a picture that these models take, either way."""
PERSON, CAT, DOG = 0, 15, 16
OF_COLOURS = {"red": CAT, "green": PERSON, "blue": DOG}
SPARSE = {PERSON: 1, CAT: 17, DOG: 18}
"""The numbers that COCO itself gives them, of 91."""

Array = npt.NDArray[np.float32]


class Graph:
    """Nodes and constants, put together one after the other."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: object, dtype: type = np.float32) -> str:
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def add(self, op: str, *inputs: str, name: str = "", **attributes: Any) -> str:
        output = name or f"{op.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [output], **attributes))
        return output

    def save(
        self,
        path: Path,
        outputs: Mapping[str, Sequence[int]],
        *,
        side: int | str = SIDE,
        more: Sequence[onnx.ValueInfoProto] = (),
    ) -> Path:
        picture = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, side, side])
        given = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))
            for name, shape in outputs.items()
        ]
        graph = helper.make_graph(self.nodes, "bright", [picture, *more], given, self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.checker.check_model(model)
        onnx.save(model, str(path))
        return path

    def bright(self, stride: int, order: Sequence[str], limit: float, steep: float, classes: int) -> str:
        """Scores before the sigmoid, cells of a grid by classes; ``order`` is the channels'."""
        cells = (SIDE // stride) ** 2
        means = self.add("AveragePool", "images", kernel_shape=[stride] * 2, strides=[stride] * 2)
        flat = self.add("Reshape", means, self.constant([1, 3, cells], np.int64))
        by_cell = self.add("Transpose", flat, perm=[0, 2, 1])
        over = self.add("Sub", by_cell, self.constant(limit))
        scaled = self.add("Mul", over, self.constant(steep))
        table = np.zeros((3, classes))
        rest = np.full(classes, -20.0)
        for channel, colour in enumerate(order):
            number = OF_COLOURS[colour]
            number = SPARSE[number] if classes > 80 else number
            table[channel, number] = 1
            rest[number] = 0
        return self.add("Add", self.add("MatMul", scaled, self.constant(table)), self.constant(rest))


BGR, RGB = ("blue", "green", "red"), ("red", "green", "blue")


def yolox(path: Path, *, cells_wide: float = 2.0) -> Path:
    """One output, 85 columns; boxes in the middle of their cell, ``cells_wide`` either way."""
    graph = Graph()
    tables = []
    for stride in (8, 16, 32):
        cells = (SIDE // stride) ** 2
        scores = graph.add("Sigmoid", graph.bright(stride, BGR, 180, 0.1, 80))
        place = [[0.5, 0.5, math.log(cells_wide), math.log(cells_wide), 1.0]] * cells
        tables.append(graph.add("Concat", graph.constant([place]), scores, axis=2))
    graph.add("Concat", *tables, axis=1, name="output")
    return graph.save(path, {"output": (1, 84, 85)})


def nanodet(path: Path, *, form: str) -> Path:
    """Boxes reach one cell from the middle of theirs; ``form``: pairs, whole or plus."""
    graph = Graph()
    tables: list[str] = []
    outputs: dict[str, tuple[int, ...]] = {}
    strides = (8, 16, 32, 64) if form == "plus" else (8, 16, 32)
    sides = np.zeros((4, 8))
    sides[:, 1] = 50
    for stride in strides:
        cells = (SIDE // stride) ** 2
        name = f"scores{stride}"
        scores = graph.add("Sigmoid", graph.bright(stride, BGR, 1.5, 6, 80), name=name)
        reach = graph.add(
            "Identity", graph.constant(np.tile(sides.ravel(), (1, cells, 1))), name=f"distances{stride}"
        )
        outputs |= {name: (1, cells, 80), reach: (1, cells, 32)}
        tables.append(graph.add("Concat", scores, reach, axis=2))
    if form == "pairs":
        return graph.save(path, outputs)
    graph.add("Concat", *tables, axis=1, name="output")
    return graph.save(path, {"output": (1, 85 if form == "plus" else 84, 112)})


def rf_detr(
    path: Path, *, norm: bool = True, classes: int = 91, names: tuple[str, str] = ("dets", "labels")
) -> Path:
    """A guess for each cell of eight by eight: twice as wide as the cell, as high."""
    graph = Graph()
    limit, steep = (1.5, 8.0) if norm else (0.7, 25.0)
    logits = graph.bright(8, RGB, limit, steep, classes)
    graph.add("Identity", logits, name=names[1])
    graph.add("Identity", graph.constant([_guesses()]), name=names[0])
    return graph.save(path, {names[0]: (1, 64, 4), names[1]: (1, 64, classes)})


def _guesses() -> Array:
    y, x = np.mgrid[:8, :8]
    centres = (np.stack((x.ravel(), y.ravel()), 1) + 0.5) / 8
    return np.concatenate((centres, np.tile([2 / 8, 1 / 8], (64, 1))), 1).astype(np.float32)


def d_fine(path: Path) -> Path:
    """As its authors export it: classes, boxes in pixels of the size it is told, scores."""
    graph = Graph()
    scores = graph.add("Sigmoid", graph.bright(8, RGB, 0.7, 25.0, 80))
    graph.add("ReduceMax", scores, axes=[2], keepdims=0, name="scores")
    chosen = graph.add("ArgMax", scores, axis=2, keepdims=0)
    graph.add("Cast", chosen, to=TensorProto.FLOAT, name="labels")
    guesses = _guesses()
    half = np.concatenate((guesses[:, 2:], guesses[:, 2:]), 1) / 2 * [-1, -1, 1, 1]
    corners = np.concatenate((guesses[:, :2], guesses[:, :2]), 1) + half
    size = graph.add("Cast", "orig_target_sizes", to=TensorProto.FLOAT)
    twice = graph.add("Unsqueeze", graph.add("Concat", size, size, axis=1), graph.constant([1], np.int64))
    graph.add("Mul", graph.constant([corners]), twice, name="boxes")
    outputs = {"labels": (1, 64), "boxes": (1, 64, 4), "scores": (1, 64)}
    told = helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2])
    return graph.save(path, outputs, more=[told])


def echo(path: Path, *, side: int | str = SIDE) -> Path:
    """A sound model that is no detector: it gives back what it is given."""
    graph = Graph()
    graph.add("Identity", "images", name="same")
    return graph.save(
        path, {"same": (1, 3, SIDE, SIDE)} if isinstance(side, int) else {"same": ()}, side=side
    )
