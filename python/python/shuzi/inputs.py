"""What a classifier's features are to its network: images, or any values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from shuzi import _shuzi

Arrays = NDArray[Any]
Batch = tuple[NDArray[np.float32], NDArray[np.uint8]]


class Inputs(Protocol):
    """How rows of features become a network's input."""

    def prepared(self, X: Arrays) -> NDArray[np.float32]:
        """The rows as the network takes them."""

    def batches(
        self,
        X: Arrays,
        labels: NDArray[np.uint8],
        recipe: dict[str, Any],
        batch: int,
        seed: int,
        epoch: int,
        clean: bool,
    ) -> Iterator[Batch]:
        """The batches of an epoch, from 1, in an order of its own."""


@dataclass(frozen=True)
class Images:
    """Images of one channel, ink high: 0 to 1 or 0 to 255."""

    height: int
    width: int
    divisor: float

    @classmethod
    def of(cls, X: Arrays, size: dict[str, int]) -> Images:
        """That of images, whose largest value says how they are written.

        Raises:
            ValueError: if they have another number of pixels.
        """
        height, width = size["height"], size["width"]
        if X.shape[1] != height * width:
            raise ValueError(
                f"expected images of {height}×{width} pixels, {height * width} features, "
                f"got {X.shape[1]}"
            )
        return cls(height, width, 255.0 if X.max() > 1 else 1.0)

    def prepared(self, X: Arrays) -> NDArray[np.float32]:
        return (X / self.divisor).astype(np.float32).reshape(-1, self.height, self.width, 1)

    def batches(
        self,
        X: Arrays,
        labels: NDArray[np.uint8],
        recipe: dict[str, Any],
        batch: int,
        seed: int,
        epoch: int,
        clean: bool,
    ) -> Iterator[Batch]:
        pixels = np.clip(np.rint(X * (255.0 / self.divisor)), 0, 255).astype(np.uint8)
        shaped = pixels.reshape(-1, self.height, self.width)
        made = _shuzi.Batches(shaped, labels, json.dumps(recipe), batch, seed)
        for images, known in made.epoch(epoch, not clean):
            yield images.reshape(-1, self.height, self.width, 1), known


@dataclass(frozen=True)
class Values:
    """Any values, each feature brought to mean 0 and deviation 1."""

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64]

    @classmethod
    def of(cls, X: Arrays) -> Values:
        """By the mean and deviation of these."""
        values = np.asarray(X, np.float64)
        deviation = values.std(axis=0)
        return cls(values.mean(axis=0), np.where(deviation > 0, deviation, 1.0))

    def prepared(self, X: Arrays) -> NDArray[np.float32]:
        scaled = (np.asarray(X, np.float64) - self.mean) / self.deviation
        return np.ascontiguousarray(scaled.astype(np.float32).reshape(len(X), 1, 1, -1))

    def batches(
        self,
        X: Arrays,
        labels: NDArray[np.uint8],
        recipe: dict[str, Any],
        batch: int,
        seed: int,
        epoch: int,
        clean: bool,
    ) -> Iterator[Batch]:
        order = np.random.default_rng([seed, epoch]).permutation(len(X))
        values = self.prepared(X)
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            yield values[some], labels[some]
