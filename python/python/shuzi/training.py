"""A network that is trained, a step at a time."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shuzi import _shuzi
from shuzi.network import Network

Config = dict[str, Any]
"""The form of a model's `config.json`."""


class Training:
    """A network and the rule that changes it. Packed, it keeps its weights; the memory of the
    rule begins anew."""

    def __init__(
        self,
        config: Config,
        recipe: dict[str, Any],
        seed: int,
        batch: int,
        threads: int | None = None,
    ) -> None:
        self._arguments = (config, recipe, seed, batch, threads)
        self._config = json.dumps(config).encode()
        self._training = _shuzi.Training(self._config, json.dumps(recipe), seed, batch, threads)

    def step(
        self, images: NDArray[np.float32], labels: NDArray[np.uint8], rate: float
    ) -> tuple[float, int]:
        """One step on a batch `[n, height, width, channels]`: the mean loss and how many labels
        were the likeliest class."""
        return self._training.step(
            np.ascontiguousarray(images), np.ascontiguousarray(labels), rate
        )

    def network(self, threads: int | None = None) -> Network:
        """The network as it is now."""
        return Network.of(self._config, self._training.weights(), threads)

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._arguments, self._training.weights())


def _again(arguments: tuple[Any, ...], weights: bytes) -> Training:
    training = Training(*arguments)
    training._training.load(weights)
    return training


def image_config(name: str, classes: list[str]) -> Config:
    """The `config.json` of a network by its name or file, for these classes.

    Raises:
        ReadError: if there is none.
        ValueError: if it does not end in a linear layer.
    """
    config: Config = json.loads(_shuzi.architecture_json(name))
    last = config["architecture"]["layers"][-1]
    if last["type"] != "linear":
        raise ValueError(f"{name} does not end in a linear layer")
    last["out_features"] = len(classes)
    return {**config, "classes": classes}


def mlp_config(features: int, hidden: int, classes: list[str]) -> Config:
    """The `config.json` of a network with one hidden layer for so many features."""
    layers = [
        {"name": "fc1", "type": "linear", "out_features": hidden},
        {"name": "relu1", "type": "activation", "function": "relu"},
        {"name": "fc2", "type": "linear", "out_features": len(classes)},
    ]
    architecture = {
        "name": "mlp",
        "input": {"height": 1, "width": 1, "channels": features},
        "layers": layers,
    }
    return {
        "format": 1,
        "architecture": architecture,
        "input": {"divisor": 255, "polarity": "white-on-black"},
        "classes": classes,
    }
