"""Makes `tests/vectors/torch.json`: what PyTorch's modules give for weights and images that
formulas make, of every network of the zoo and of one that has all layers.

    python tools/make_torch_vectors.py

`crates/shuzi-models/tests/torch.rs` has the same formulas, and holds the engine to the file.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from shuzi import _shuzi
from shuzi.torch import Network

FILE = Path(__file__).parents[2] / "tests" / "vectors" / "torch.json"
NETWORKS = [
    "lenet5",
    "alexnet",
    "improved-alexnet",
    "lenet5-improved",
    "fusion",
    "vgg16-deformable",
    "mlp",
    "reader",
    "pairs",
]
# Images of each, and how wide those of a line are.
IMAGES, LINE_WIDTH = 2, 72


def uniform(name: str, count: int) -> NDArray[np.float64]:
    """Numbers from -1 to 1 in steps of 2⁻²³: SplitMix64 (Steele et al. 2014) from the name's
    FNV-1a."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def tensor(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A network's tensor: about as large as one that is drawn or learned."""
    values = uniform(name, math.prod(shape))
    if name.endswith("running_var"):
        values = 1 + 0.5 * values
    elif len(shape) > 1:
        share = 0.3 if name.endswith("offset.weight") else 1.0
        values = share * math.sqrt(6 / math.prod(shape[1:])) * values
    elif name.endswith(".weight"):
        values = 1 + 0.1 * values
    else:
        values = 0.1 * values
    return torch.from_numpy(values.astype(np.float32)).view(shape)


def logits(config: dict[str, Any], width: int) -> list[float]:
    """What the module of a `config.json` gives, all images one after the other."""
    network = Network(config).eval()
    state = network.state_dict()
    network.load_state_dict({name: tensor(name, tuple(v.shape)) for name, v in state.items()})
    size = config["architecture"]["input"]
    pixels = np.abs(uniform("images", IMAGES * size["height"] * width)).astype(np.float32)
    images = torch.from_numpy(pixels).view(IMAGES, 1, size["height"], width)
    with torch.no_grad():
        values: list[float] = network(images).flatten().tolist()
    return values


def all_layers() -> dict[str, Any]:
    """A network with what the zoo's do not use: every layer and every option."""
    conv = {"type": "conv", "out_channels": 6, "kernel": [3, 3], "padding": "same"}
    layers: list[dict[str, Any]] = [
        {"name": "wide", **conv, "dilation": [2, 1]},
        {"name": "gelu", "type": "activation", "function": "gelu"},
        {"name": "norm", "type": "layer-norm"},
        {"name": "depth", **conv, "groups": 6, "stride": [2, 1], "kernel": [4, 3]},
        {"name": "lrn", "type": "lrn", "size": 3, "alpha": 0.5, "beta": 0.75, "k": 1.0},
        {"name": "mean", "type": "pool", "mode": "average", "kernel": [3, 3],
         "stride": [2, 2], "padding": "same"},
        {"name": "moved", "type": "deformable-conv", "out_channels": 6, "kernel": [3, 2],
         "stride": [1, 2], "padding": {"explicit": [1, 1]}},
        {"name": "again", "type": "residual", "scale": 0.5, "body": [
            {"name": "both", "type": "parallel", "branches": [
                [{"name": "a", **conv, "out_channels": 2}, {"name": "an", "type": "batch-norm"}],
                [{"name": "b", **conv, "out_channels": 4, "kernel": [1, 1], "bias": False},
                 {"name": "tanh", "type": "activation", "function": "tanh"}],
            ]},
        ]},
        {"name": "max", "type": "pool", "mode": "max", "kernel": [2, 3], "stride": [2, 2],
         "padding": "same"},
        {"name": "flatten", "type": "flatten"},
        {"name": "normed", "type": "batch-norm"},
        {"name": "fc1", "type": "linear", "out_features": 12},
        {"name": "sigmoid", "type": "activation", "function": "sigmoid"},
        {"name": "layered", "type": "layer-norm", "epsilon": 0.001},
        {"name": "dropout", "type": "dropout", "rate": 0.5},
        {"name": "fc2", "type": "linear", "out_features": 10},
    ]  # fmt: skip
    config = json.loads(_shuzi.architecture_json("lenet5"))
    config["architecture"] |= {"name": "all-layers", "layers": layers}
    return dict(config)


def made() -> list[dict[str, Any]]:
    """All vectors. A network that has no name in the zoo stands in full."""
    vectors: list[dict[str, Any]] = []
    for name in NETWORKS:
        config = json.loads(_shuzi.architecture_json(name))
        vectors.append({"network": name, "width": 28, "logits": logits(config, 28)})
    line = json.loads(_shuzi.model_files("line")[0])
    vectors.append({"config": line, "width": LINE_WIDTH, "logits": logits(line, LINE_WIDTH)})
    every = all_layers()
    vectors.append({"config": every, "width": 28, "logits": logits(every, 28)})
    return vectors


def main() -> None:
    """Writes the file, a line a network."""
    lines = ",\n".join(f"  {json.dumps(vector)}" for vector in made())
    text = f'{{"torch": "{torch.__version__}", "networks": [\n{lines}\n]}}\n'
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
