"""The compiled module."""

from os import PathLike
from typing import TypedDict, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Batches",
    "EpochBatches",
    "Network",
    "ReadError",
    "Reader",
    "Training",
    "architecture_json",
    "command_line",
    "instruction_set",
    "learning_rate",
    "model_files",
    "openapi_json",
    "picture_png",
    "recipe_json",
]

_Image = bytes | str | PathLike[str] | NDArray[np.uint8]

class ReadError(ValueError):
    """Why an image can't be read, or a reader not be made; in the command line's words."""

class _Options(TypedDict):
    check: str | None
    length: str | None
    range: str | None
    cells: int | None
    pattern: str | None
    lexicon: list[str] | None
    min_confidence: float | None
    max_error: float | None
    runner_up: bool
    max_megapixels: int | None
    max_pages: int | None
    allow_damaged: bool
    model: str | None
    pairs: str | None
    line: str | None
    readers: str | None
    threads: int | None

@final
class Reader:
    def __new__(cls, options: _Options, count: int | None) -> Reader: ...
    @property
    def batch(self) -> int: ...
    def read_many(self, images: list[_Image]) -> list[str]: ...
    def read_pages(self, image: _Image) -> list[str]: ...

@final
class Network:
    def __new__(cls, config: bytes, weights: bytes, count: int | None) -> Network: ...
    @property
    def classes(self) -> list[str]: ...
    @property
    def input_shape(self) -> tuple[int, int, int]: ...
    def logits(self, images: NDArray[np.float32]) -> NDArray[np.float32]: ...

@final
class Training:
    def __new__(
        cls, config: bytes, recipe: str, seed: int, batch: int, count: int | None
    ) -> Training: ...
    @property
    def classes(self) -> int: ...
    def step(
        self, images: NDArray[np.float32], labels: NDArray[np.uint8], learning_rate: float
    ) -> tuple[float, int]: ...
    def weights(self) -> bytes: ...
    def load(self, weights: bytes) -> None: ...

@final
class Batches:
    def __new__(
        cls,
        images: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        recipe: str,
        batch: int,
        seed: int,
    ) -> Batches: ...
    def __len__(self) -> int: ...
    def epoch(self, epoch: int, distorted: bool) -> EpochBatches: ...

@final
class EpochBatches:
    def __iter__(self) -> EpochBatches: ...
    def __next__(self) -> tuple[NDArray[np.float32], NDArray[np.uint8]]: ...

def architecture_json(reference: str) -> str: ...
def command_line(words: list[str]) -> int: ...
def instruction_set() -> str: ...
def learning_rate(recipe: str, step: int, steps: int) -> float: ...
def model_files(reference: str) -> tuple[bytes, bytes]: ...
def openapi_json() -> str: ...
def picture_png(image: _Image, page: int, side: int) -> tuple[bytes, int, int]: ...
def recipe_json(name: str) -> str: ...
