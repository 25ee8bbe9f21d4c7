"""A shuzi model as a PyTorch module, built from its config.json."""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


def same_padding(size, kernel, stride):
    """TensorFlow's SAME: the odd row or column comes after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Padded(nn.Module):
    """A convolution or pooling whose padding is not the same on both sides."""

    def __init__(self, inner, padding, value):
        super().__init__()
        self.inner, self.padding, self.value = inner, padding, value

    def forward(self, x):
        return self.inner(nn.functional.pad(x, self.padding, value=self.value))


class Parallel(nn.Module):
    def __init__(self, branches):
        super().__init__()
        self.branches = nn.ModuleList(branches)

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.branches], dim=1)


class Residual(nn.Module):
    def __init__(self, body, scale):
        super().__init__()
        self.body, self.scale = body, scale

    def forward(self, x):
        body = self.body(x)
        return x + (body if self.scale == 1.0 else self.scale * body)


class Builder:
    """Builds layers one after the other, keeping the shape of the map."""

    def __init__(self, weights):
        self.weights = weights

    def sequence(self, layers, shape, prefix=""):
        modules = []
        for layer in layers:
            module, shape = self.layer(layer, shape, prefix + layer["name"])
            modules.append(module)
        return nn.Sequential(*modules), shape

    def load(self, module, path):
        if self.weights is None:
            return
        state = {
            key: self.weights[f"{path}.{key}"]
            for key in module.state_dict()
            if f"{path}.{key}" in self.weights
        }
        module.load_state_dict(state, strict=False)

    def window(self, layer, shape):
        """Padding on each side (left, right, top, bottom) and the output's size."""
        (kh, kw), (sh, sw) = layer["kernel"], layer["stride"]
        padding = layer["padding"]
        if padding == "same":
            top, bottom = same_padding(shape[1], kh, sh)
            left, right = same_padding(shape[2], kw, sw)
        elif padding == "valid":
            top = bottom = left = right = 0
        else:
            (top, left) = (bottom, right) = padding["explicit"]
        height = (shape[1] + top + bottom - kh) // sh + 1
        width = (shape[2] + left + right - kw) // sw + 1
        return (left, right, top, bottom), height, width

    def layer(self, layer, shape, path):
        kind = layer["type"]
        if kind == "conv":
            padding, height, width = self.window(layer, shape)
            even = padding[0] == padding[1] and padding[2] == padding[3]
            conv = nn.Conv2d(
                shape[0],
                layer["out_channels"],
                layer["kernel"],
                layer["stride"],
                (padding[2], padding[0]) if even else 0,
                groups=layer["groups"],
                bias=layer["bias"],
            )
            self.load(conv, path)
            module = conv if even else Padded(conv, padding, 0.0)
            return module, (layer["out_channels"], height, width)
        if kind == "pool":
            padding, height, width = self.window(layer, shape)
            function = nn.MaxPool2d if layer["mode"] == "max" else nn.AvgPool2d
            pool = function(layer["kernel"], layer["stride"])
            if any(padding):
                pool = Padded(pool, padding, float("-inf") if layer["mode"] == "max" else 0.0)
            return pool, (shape[0], height, width)
        if kind == "batch-norm":
            norm = nn.BatchNorm2d(shape[0], layer["epsilon"], layer["momentum"])
            self.load(norm, path)
            return norm, shape
        if kind == "activation":
            return ACTIVATIONS[layer["function"]](), shape
        if kind == "lrn":
            norm = nn.LocalResponseNorm(
                layer["size"], layer["alpha"], layer["beta"], layer["k"]
            )
            return norm, shape
        if kind == "dropout":
            return nn.Dropout(layer["rate"]), shape
        if kind == "flatten":
            return nn.Flatten(), (shape[0] * shape[1] * shape[2], 1, 1)
        if kind == "linear":
            linear = nn.Linear(shape[0], layer["out_features"])
            self.load(linear, path)
            return linear, (layer["out_features"], 1, 1)
        if kind == "parallel":
            built = [
                self.sequence(branch, shape, f"{path}.") for branch in layer["branches"]
            ]
            channels = sum(out[0] for _, out in built)
            return Parallel([module for module, _ in built]), (channels, *built[0][1][1:])
        if kind == "residual":
            body, out = self.sequence(layer["body"], shape, f"{path}.")
            return Residual(body, layer["scale"]), out
        raise ValueError(f"{path}: no layer of type {kind}")


def load(directory):
    """The module, its input shape (channels, height, width) and its number of classes.

    Without a model.safetensors its weights are fresh.
    """
    directory = Path(directory)
    architecture = json.loads((directory / "config.json").read_text())["architecture"]
    file = directory / "model.safetensors"
    weights = load_file(file) if file.exists() else None
    size = architecture["input"]
    shape = (size["channels"], size["height"], size["width"])
    module, out = Builder(weights).sequence(architecture["layers"], shape)
    if weights is not None:
        loaded = sum(p.numel() for p in module.parameters())
        held = sum(value.numel() for key, value in weights.items() if "running" not in key)
        assert loaded == held, f"{loaded} parameters in PyTorch, {held} in the file"
    return module, shape, out[0]
