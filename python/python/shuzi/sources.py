"""What an image may be, and how it is handed to the compiled module."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, Union, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Picture(Protocol):
    """A picture of Pillow, which need not be installed."""

    @property
    def mode(self) -> str:
        """What a pixel consists of."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""

    def convert(self, mode: str) -> Any:
        """The picture in another mode."""


Source: TypeAlias = Union[
    str, "os.PathLike[str]", bytes, bytearray, memoryview, NDArray[Any], Picture
]
"""A path, the bytes of a file, pixels, or a picture of Pillow.

Pixels are 8 bits a channel, `[height, width]` or `[height, width, channels]`: grey, RGB or RGBA,
0 black, upright. Those of a C-contiguous array are read where they lie."""

Plain: TypeAlias = Union[str, "os.PathLike[str]", bytes, NDArray[np.uint8]]
"""What the compiled module takes."""

_EXPECTED = "a path, the bytes of a file, an array of pixels, or a picture of Pillow"


def is_source(value: object) -> bool:
    """Whether it is one image and not several."""
    kinds = (str, os.PathLike, bytes, bytearray, memoryview, np.ndarray)
    return isinstance(value, kinds) or isinstance(value, Picture)


def plain(source: Source) -> Plain:
    """The image as the compiled module takes it.

    Raises:
        TypeError: if it is none.
    """
    if isinstance(source, (str, os.PathLike, bytes)):
        return source
    if isinstance(source, (bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, np.ndarray):
        return _pixels(source)
    if isinstance(source, Picture):
        return _pixels(_of_pillow(source))
    raise TypeError(f"expected {_EXPECTED}, got {type(source).__name__}")


def size(source: Plain) -> int:
    """The bytes that it holds in memory; a file is none."""
    if isinstance(source, bytes):
        return len(source)
    return source.nbytes if isinstance(source, np.ndarray) else 0


def _pixels(array: NDArray[Any]) -> NDArray[np.uint8]:
    if array.dtype == np.bool_:
        array = array.astype(np.uint8) * np.uint8(255)
    if array.dtype != np.uint8:
        raise TypeError(f"expected pixels of type uint8, 0 black to 255 white, got {array.dtype}")
    # An array that is contiguous already is itself.
    return cast("NDArray[np.uint8]", np.ascontiguousarray(array))


def _of_pillow(picture: Picture) -> NDArray[Any]:
    """Its pixels, turned as its file says."""
    from PIL import Image, ImageOps

    upright = ImageOps.exif_transpose(cast("Image.Image", picture))
    mode = upright.mode
    if mode.startswith("I;16"):
        return (np.asarray(upright) >> 8).astype(np.uint8)
    if mode == "1":
        return np.asarray(upright.convert("L"))
    if mode in ("L", "RGB", "RGBA"):
        return np.asarray(upright)
    clear = "A" in mode or "transparency" in upright.info
    return np.asarray(upright.convert("RGBA" if clear else "RGB"))


def each(sources: Iterable[Source]) -> Iterable[Source]:
    """Several images.

    Raises:
        TypeError: if it is one, or none at all.
    """
    if is_source(sources) or not isinstance(sources, Iterable):
        raise TypeError(f"expected several images, got one or none: {type(sources).__name__}")
    return sources
