"""What the tests share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shuzi
from helpers import SAMPLES
from numpy.typing import NDArray
from PIL import Image

@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the repository's samples."""
    return SAMPLES


@pytest.fixture(scope="session")
def line() -> Path:
    """A sample of ten digits."""
    return SAMPLES / "line-7210414959.png"


@pytest.fixture(scope="session")
def pixels(line: Path) -> NDArray[np.uint8]:
    """Its grey pixels."""
    with Image.open(line) as picture:
        return np.asarray(picture.convert("L"))


@pytest.fixture(scope="session")
def reader() -> shuzi.Reader:
    """A reader without options."""
    return shuzi.Reader()
