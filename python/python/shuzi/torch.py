"""The same networks as modules of PyTorch, for training on a GPU.

Needs `torch` and `safetensors`. A module is made of the same `config.json` as the engine's
network. Its parameters have the names and shapes of `model.safetensors`, so that weights go both
ways.

>>> from shuzi.torch import load, module, save
>>> network = module("improved-alexnet")      # fresh weights
>>> network = load("runs/mine")               # those of a run, a file or a shipped model
>>> save(network, "runs/theirs")              # `shuzi eval --model runs/theirs` takes it
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor, nn

from shuzi import _shuzi
from shuzi.torch_layers import Sequence, build

__all__ = ["Network", "load", "module", "save"]

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"


class Network(Sequence):
    """A network as a module. It takes images `[n, channels, height, width]`, 0 to 1, ink high,
    and gives logits, `[n, classes]`; one of lines of any width `[n, frames, classes]`."""

    def __init__(self, config: dict[str, Any]) -> None:
        """The network of a `config.json`, with fresh weights."""
        architecture = config["architecture"]
        size = architecture["input"]
        layers, _ = build(architecture["layers"], (size["channels"], size["height"], size["width"]))
        super().__init__(layers)
        self.config = config

    def forward(self, images: Tensor) -> Tensor:
        """The logits of images."""
        logits = super().forward(images)
        return logits if logits.dim() == 2 else logits.squeeze(2).transpose(1, 2)


def module(reference: str | os.PathLike[str]) -> Network:
    """The network of a name, a run's folder or a `config.json`, with fresh weights.

    Raises:
        ReadError: if there is none, or it is unsound.
    """
    return Network(json.loads(_shuzi.architecture_json(os.fspath(reference))))


def load(reference: str | os.PathLike[str]) -> Network:
    """The network and weights of a shipped model, of a run's folder or of a weights file.

    Raises:
        ReadError: if there are none, or they are not sound.
    """
    config, weights = _shuzi.model_files(os.fspath(reference))
    network = Network(json.loads(config))
    network.load_state_dict(safetensors.torch.load(weights))
    return network.eval()


def save(network: Network, folder: str | os.PathLike[str]) -> None:
    """Writes the network's two files into a folder, which is made if need be: aside first, then
    renamed, so that each is whole or not there."""
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    weights = safetensors.torch.save(state, metadata={"format": "pt"})
    config = json.dumps(network.config, indent=2).encode() + b"\n"
    for name, data in [(CONFIG_FILE, config), (WEIGHTS_FILE, weights)]:
        aside = path / f"{name}.{os.getpid()}.part"
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path / name)
