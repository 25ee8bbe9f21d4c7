"""The engine's layers in PyTorch, by the descriptions of `config.json`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

Layer = dict[str, Any]
Shape = tuple[int, int, int]
"""Channels, rows, columns. A vector has one row and one column."""


class Sequence(nn.Module):
    """Layers one after the other, by their own names."""

    def __init__(self, layers: Iterable[tuple[str, nn.Module]]) -> None:
        super().__init__()
        self._order = []
        for name, layer in layers:
            self.add_module(name, layer)
            self._order.append(name)

    def forward(self, x: Tensor) -> Tensor:
        """What the last makes of what the first makes of `x`."""
        for name in self._order:
            x = self.get_submodule(name)(x)
        return x


class Residual(Sequence):
    """`x + scale · body(x)`; the body's layers stand in it."""

    def __init__(self, body: Iterable[tuple[str, nn.Module]], scale: float) -> None:
        super().__init__(body)
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * super().forward(x)


class Parallel(nn.Module):
    """Branches on the same input, their channels one after the other. The layers of all stand
    in it by their names, as in the weights' file."""

    def __init__(self, branches: list[list[tuple[str, nn.Module]]]) -> None:
        super().__init__()
        self._branches = [[name for name, _ in branch] for branch in branches]
        for branch in branches:
            for name, layer in branch:
                self.add_module(name, layer)

    def forward(self, x: Tensor) -> Tensor:
        outputs = []
        for branch in self._branches:
            y = x
            for name in branch:
                y = self.get_submodule(name)(y)
            outputs.append(y)
        return torch.cat(outputs, dim=1)


class Padding:
    """How much is put around a map: that of a layer's description."""

    def __init__(self, layer: Layer) -> None:
        self.kernel, self.stride = layer["kernel"], layer.get("stride", [1, 1])
        self.dilation = layer.get("dilation", [1, 1])
        self.padding = layer.get("padding", "valid")

    def around(self, height: int, width: int) -> tuple[int, int, int, int]:
        """Left, right, top, bottom, for a map of this size."""
        if self.padding == "valid":
            return 0, 0, 0, 0
        if self.padding != "same":
            rows, columns = self.padding["explicit"]
            return columns, columns, rows, rows
        (top, bottom), (left, right) = self._same(0, height), self._same(1, width)
        return left, right, top, bottom

    def _same(self, axis: int, size: int) -> tuple[int, int]:
        """TensorFlow's SAME: the odd row or column comes after."""
        reach = (self.kernel[axis] - 1) * self.dilation[axis] + 1
        steps = -(-size // self.stride[axis])
        total = max((steps - 1) * self.stride[axis] + reach - size, 0)
        return total // 2, total - total // 2

    def put(self, x: Tensor, value: float = 0.0) -> Tensor:
        """The map with its padding."""
        around = self.around(*x.shape[2:])
        return functional.pad(x, around, value=value) if any(around) else x

    def output(self, shape: Shape) -> tuple[int, int]:
        """Rows and columns of what windows over a map give."""
        left, right, top, bottom = self.around(*shape[1:])
        sizes = []
        for axis, size in enumerate((shape[1] + top + bottom, shape[2] + left + right)):
            reach = (self.kernel[axis] - 1) * self.dilation[axis] + 1
            sizes.append((size - reach) // self.stride[axis] + 1)
        return sizes[0], sizes[1]


class Conv(nn.Conv2d):
    """Convolution with any padding."""

    def __init__(self, channels: int, layer: Layer) -> None:
        super().__init__(
            channels,
            layer["out_channels"],
            layer["kernel"],
            layer.get("stride", 1),
            dilation=layer.get("dilation", 1),
            groups=layer.get("groups", 1),
            bias=layer.get("bias", True),
        )
        self.around = Padding(layer)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(self.around.put(x))


class DeformableConv(Conv):
    """A convolution whose taps read the map where another, `offset`, says (Dai et al. 2017):
    between pixels by bilinear interpolation, zeros outside."""

    def __init__(self, channels: int, layer: Layer) -> None:
        super().__init__(channels, layer)
        rows, columns = layer["kernel"]
        self.offset = Conv(channels, {**layer, "out_channels": 2 * rows * columns, "bias": True})
        nn.init.zeros_(self.offset.weight)
        if self.offset.bias is not None:
            nn.init.zeros_(self.offset.bias)

    def forward(self, x: Tensor) -> Tensor:
        moved = self.offset(x)
        n, _, high, wide = moved.shape
        moved = moved.view(n, -1, 2, high, wide)
        left, _, top, _ = self.around.around(*x.shape[2:])
        places = [
            self._place(moved[:, :, axis], axis, x.shape[2 + axis], before)
            for axis, before in enumerate((top, left))
        ]
        # As `grid_sample` counts: columns first, -1 and 1 the outer edges of the map.
        grid = [(2 * places[axis] + 1) / x.shape[2 + axis] - 1 for axis in (1, 0)]
        taps = moved.shape[1]
        read = functional.grid_sample(
            x, torch.stack(grid, dim=-1).view(n, taps * high, wide, 2), align_corners=False
        )
        columns = read.view(n, x.shape[1], taps, high, wide)
        y = torch.einsum("ncthw,oct->nohw", columns, self.weight.flatten(2))
        return y if self.bias is None else y + self.bias.view(-1, 1, 1)

    def _place(self, moved: Tensor, axis: int, size: int, before: int) -> Tensor:
        """The row or column that each tap reads, `[n, taps, rows, columns]`."""
        rows, columns = self.around.kernel
        tap = torch.arange(rows * columns, device=moved.device)
        tap = tap // columns if axis == 0 else tap % columns
        at = torch.arange(moved.shape[2 + axis], device=moved.device) * self.around.stride[axis]
        still = tap.view(-1, 1, 1) + (at.view(-1, 1) if axis == 0 else at) - before
        # Far outside everything is zero.
        return (still + moved).clamp(-2, size + 1)


class Pool(nn.Module):
    """Max or average pooling; padding counts for neither."""

    def __init__(self, layer: Layer) -> None:
        super().__init__()
        self.around, self.largest = Padding(layer), layer["mode"] == "max"

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.around.kernel, self.around.stride
        if self.largest:
            return functional.max_pool2d(self.around.put(x, float("-inf")), kernel, stride)
        there = self.around.put(torch.ones_like(x[:1, :1]))
        mean = functional.avg_pool2d(self.around.put(x), kernel, stride)
        return mean / functional.avg_pool2d(there, kernel, stride)


class LayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each position."""

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2:
            return super().forward(x)
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _Uncounted:
    """Batch normalisation that does not count its batches: the weights' file has no such
    number, and PyTorch needs none where the momentum is given."""

    def _load_from_state_dict(
        self, state: dict[str, Any], prefix: str, local: dict[str, Any], *rest: Any
    ) -> None:
        # Of an older version PyTorch would ask for the count.
        load = super()._load_from_state_dict  # type: ignore[misc]
        load(state, prefix, {**local, "version": 2}, *rest)


class BatchNorm1d(_Uncounted, nn.BatchNorm1d):
    """Of vectors."""


class BatchNorm2d(_Uncounted, nn.BatchNorm2d):
    """Of maps."""


def batch_norm(shape: Shape, vector: bool, layer: Layer) -> nn.Module:
    """Batch normalisation by its description."""
    kind = BatchNorm1d if vector else BatchNorm2d
    norm = kind(shape[0], layer.get("epsilon", 1e-5), layer.get("momentum", 0.1))
    norm.num_batches_tracked = None
    return norm


_ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
}


def build(
    layers: Iterable[Layer], shape: Shape, vector: bool = False
) -> tuple[list[tuple[str, nn.Module]], Shape]:
    """The layers of a sequence by name, and the shape of what they make of a map.

    Raises:
        ValueError: if a layer is of no known type.
    """
    built: list[tuple[str, nn.Module]] = []
    for layer in layers:
        made, shape, vector = _layer(layer, shape, vector)
        built.append((layer["name"], made))
    return built, shape


def _layer(layer: Layer, shape: Shape, vector: bool) -> tuple[nn.Module, Shape, bool]:
    kind = layer["type"]
    if kind in ("conv", "deformable-conv"):
        conv = (Conv if kind == "conv" else DeformableConv)(shape[0], layer)
        return conv, (layer["out_channels"], *conv.around.output(shape)), False
    if kind == "pool":
        pool = Pool(layer)
        return pool, (shape[0], *pool.around.output(shape)), False
    if kind == "flatten":
        return nn.Flatten(), (shape[0] * shape[1] * shape[2], 1, 1), True
    if kind == "linear":
        return nn.Linear(shape[0], layer["out_features"]), (layer["out_features"], 1, 1), True
    if kind == "parallel":
        built = [build(branch, shape, vector) for branch in layer["branches"]]
        channels = sum(out[0] for _, out in built)
        branches = Parallel([branch for branch, _ in built])
        return branches, (channels, *built[0][1][1:]), vector
    if kind == "residual":
        body, _ = build(layer["body"], shape, vector)
        return Residual(body, layer.get("scale", 1.0)), shape, vector
    if kind == "batch-norm":
        return batch_norm(shape, vector, layer), shape, vector
    if kind == "layer-norm":
        return LayerNorm(shape[0], layer.get("epsilon", 1e-5)), shape, vector
    if kind == "activation":
        return _ACTIVATIONS[layer["function"]](), shape, vector
    if kind == "lrn":
        norm = nn.LocalResponseNorm(layer["size"], layer["alpha"], layer["beta"], layer["k"])
        return norm, shape, vector
    if kind == "dropout":
        return nn.Dropout(layer["rate"]), shape, vector
    raise ValueError(f"{layer['name']}: no layer of type {kind}")


def initialise(network: nn.Module, kind: str) -> None:
    """Draws the kernels and matrices as a recipe's `initialisation` says; those of a deformable
    convolution's offsets stay 0, and so do biases.

    Raises:
        ValueError: if there is no such way.
    """
    draw = {"he": nn.init.kaiming_normal_, "xavier": nn.init.xavier_uniform_}.get(kind)
    if draw is None:
        raise ValueError(f"no initialisation {kind}: expected he or xavier")
    for name, module in network.named_modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            if not name.endswith(".offset"):
                draw(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
