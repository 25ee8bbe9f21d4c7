"""A network by itself."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shuzi import _shuzi


class Network:
    """A network of images of one size, such as the digits of MNIST.

    Args:
        model: a shipped model (`improved-alexnet`, `reader`, `pairs`), a run's folder or a
            `.safetensors` file beside its `config.json`.
        threads: most cores to use; by default all.

    Raises:
        ReadError: if there is no such model, or its files are not sound.
    """

    def __init__(
        self, model: str | os.PathLike[str] = "improved-alexnet", *, threads: int | None = None
    ) -> None:
        self._take(*_shuzi.model_files(os.fspath(model)), threads)

    @classmethod
    def of(cls, config: bytes, weights: bytes, threads: int | None = None) -> Network:
        """The network of the bytes of a `config.json` and a `model.safetensors`."""
        network = cls.__new__(cls)
        network._take(config, weights, threads)
        return network

    def _take(self, config: bytes, weights: bytes, threads: int | None) -> None:
        self._files, self._threads = (config, weights), threads
        self._network = _shuzi.Network(config, weights, threads)

    @property
    def classes(self) -> tuple[str, ...]:
        """What each class stands for, in the order of the logits."""
        return tuple(self._network.classes)

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """Rows, columns and channels of an image."""
        return self._network.input_shape

    @property
    def files(self) -> tuple[bytes, bytes]:
        """Its `config.json` and `model.safetensors`."""
        return self._files

    def logits(self, images: NDArray[Any]) -> NDArray[np.float32]:
        """The logits of images, `[n, classes]`.

        Args:
            images: `[n, height, width]`, `[n, height, width, channels]` or `[n, pixels]`, ink
                high: 0 to 1, or 0 to 255 in bytes.
        """
        array = np.asarray(images)
        if array.dtype == np.uint8:
            array = array.astype(np.float32) / np.float32(255)
        shaped = array.astype(np.float32, copy=False).reshape(-1, *self.input_shape)
        return self._network.logits(np.ascontiguousarray(shaped))

    def probabilities(self, images: NDArray[Any]) -> NDArray[np.float64]:
        """The classes' probabilities for images, `[n, classes]`, taken as `logits` takes them."""
        logits = self.logits(images).astype(np.float64)
        raised = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = raised / raised.sum(axis=1, keepdims=True)
        return shares

    def __reduce__(self) -> tuple[Any, ...]:
        return Network.of, (*self._files, self._threads)
