"""What bad images get: the words of the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shuzi
from helpers import command


@pytest.fixture
def bad(tmp_path: Path, line: Path) -> list[Path]:
    whole = line.read_bytes()
    files = {
        "empty.png": b"",
        "text.png": b"no image at all",
        "half.png": whole[: len(whole) // 2],
        "paper.pdf": b"%PDF-1.7\n",
        "huge.pgm": b"P5 60000 60000 255\n",
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    return [*(tmp_path / name for name in files), tmp_path / "missing.png", tmp_path]


def test_errors_are_the_command_lines(bad: list[Path], reader: shuzi.Reader) -> None:
    for path in bad[:-1]:
        with pytest.raises(shuzi.ReadError) as error:
            reader.read(path)
        assert f"shuzi: {error.value}\n" == command("read", path).stderr
        [record] = reader.read_many([path], progress=False)
        assert f"{path}: {record.error}" == str(error.value)


def test_bytes_have_no_name(bad: list[Path], reader: shuzi.Reader) -> None:
    with pytest.raises(shuzi.ReadError, match="^not an image that can be read: expected PNG"):
        reader.read(bad[1].read_bytes())


def test_a_folder_is_no_image(bad: list[Path], reader: shuzi.Reader) -> None:
    with pytest.raises(shuzi.ReadError, match="directory"):
        reader.read(bad[-1])


def test_limits_are_the_readers(line: Path) -> None:
    page = np.full((1001, 1000), 255, np.uint8)
    with pytest.raises(shuzi.ReadError, match="1000×1001 pixels: expected at most 1000000"):
        shuzi.read(page, max_megapixels=1)
    half = line.read_bytes()[:-200]
    with pytest.raises(shuzi.ReadError):
        shuzi.read(half)


@pytest.mark.parametrize(
    ("array", "told"),
    [
        (np.zeros((4, 4), np.float32), "uint8, 0 black to 255 white, got float32"),
        (np.zeros((4, 4, 2), np.uint8), r"\[4, 4, 2\]"),
        (np.zeros(4, np.uint8), r"got \[4\]"),
        (np.zeros((2, 2, 2, 3), np.uint8), r"\[2, 2, 2, 3\]"),
    ],
)
def test_arrays_of_another_form_are_told(array: np.ndarray, told: str) -> None:
    with pytest.raises(TypeError, match=told):
        shuzi.read(array)


def test_no_pixels_are_no_image() -> None:
    with pytest.raises(shuzi.ReadError, match="expected at least one"):
        shuzi.read(np.zeros((0, 5), np.uint8))


def test_what_is_no_image_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="several images, got one or none: int"):
        shuzi.read(5)  # type: ignore[call-overload]
