"""The shared vectors, by this package."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shuzi
from helpers import SAMPLES
from shuzi._shuzi import instruction_set

VECTORS = Path(__file__).parents[2] / "tests" / "vectors"
# As in the vectors' README.
LOGIT, PROBABILITY = 1e-5, 1e-3


def vectors(name: str, key: str) -> list[tuple[dict[str, Any], bool]]:
    """The vectors of a file, and whether they are held to the bit here."""
    file = json.loads((VECTORS / name).read_text(encoding="utf-8"))
    glibc = platform.machine() == "x86_64" and sys.platform == "linux"
    exactly = glibc and platform.libc_ver()[0] == "glibc"
    return [(one, exactly and file["instructions"] == instruction_set()) for one in file[key]]


def test_networks_give_their_vectors() -> None:
    images = vectors("networks.json", "images")
    assert len(images) == 8
    for name in ("improved-alexnet", "reader", "pairs"):
        network = shuzi.Network(name)
        for image, exactly in images:
            pixels = np.frombuffer(bytes.fromhex(image["pixels"]), np.uint8).reshape(1, 28, 28)
            [logits] = network.logits(pixels)
            expected = np.array(image["logits"][name], np.float32)
            assert np.abs(logits - expected).max() <= LOGIT * max(1, np.abs(expected).max())
            if exactly:
                assert logits.tobytes() == expected.tobytes()


@pytest.mark.parametrize(("vector", "exactly"), vectors("readings.json", "readings"))
def test_pictures_give_their_readings(vector: dict[str, Any], exactly: bool) -> None:
    options = dict(vector["options"])
    for name, kind in [("cells", int), ("min_confidence", float)]:
        if name in options:
            options[name] = kind(options[name])
    got = shuzi.read(SAMPLES / vector["file"], **options).to_dict()
    expected = dict(vector["reading"])
    got["file"] = expected["file"]
    if exactly:
        assert got == expected
    near(got, expected, vector["file"])


def near(got: Any, expected: Any, what: str) -> None:
    """Holds a value to another, probabilities about."""
    if isinstance(expected, dict):
        assert got.keys() == expected.keys(), what
        for name, value in expected.items():
            if name not in ("message", "candidates"):
                near(got[name], value, f"{what}.{name}")
    elif isinstance(expected, list):
        assert len(got) == len(expected), what
        for at, value in enumerate(expected):
            near(got[at], value, f"{what}[{at}]")
    elif isinstance(expected, float):
        assert abs(got - expected) <= PROBABILITY, what
    else:
        assert got == expected, what
