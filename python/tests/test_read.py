"""One image, in every form that it may have."""

from __future__ import annotations

import dataclasses
import io
import pickle
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import shuzi
from helpers import SAMPLES, records
from numpy.typing import NDArray
from PIL import Image
from shuzi import Source

NAMES = sorted(path.name for path in SAMPLES.iterdir() if path.suffix != ".md")


@pytest.mark.parametrize("name", NAMES)
def test_a_reading_is_the_command_lines_json(name: str, reader: shuzi.Reader) -> None:
    path = SAMPLES / name
    [record] = records(path)
    assert reader.read(path).to_dict() == record
    digits = "".join(c for c in Path(name).stem.split("-")[-1] if c.isdigit())
    assert reader.read(path).text == digits


def test_every_form_of_an_image_reads_alike(
    line: Path, pixels: NDArray[np.uint8], reader: shuzi.Reader
) -> None:
    expected = reader.read(line)
    assert expected.text == "7210414959" and expected.accepted
    assert [digit.digit for digit in expected.digits] == [int(d) for d in expected.text]
    data = line.read_bytes()
    picture = Image.open(line)
    rgb = np.repeat(pixels[:, :, None], 3, axis=2)
    forms: list[Source] = [
        str(line), data, bytearray(data), memoryview(data), pixels, pixels[:, :, None], rgb,
        picture, picture.convert("RGB"), picture.convert("RGBA"), picture.convert("LA"),
        picture.convert("P"), Image.fromarray(pixels.astype(np.uint16) * 257),
    ]  # fmt: skip
    for form in forms:
        read = reader.read(form)
        assert read == dataclasses.replace(expected, file=read.file)


def test_a_picture_is_turned_as_its_file_says(
    pixels: NDArray[np.uint8], reader: shuzi.Reader
) -> None:
    # Orientation 3: the file's pixels stand on their head.
    exif = Image.Exif()
    exif[0x0112] = 3
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[::-1, ::-1])).save(file, "PNG", exif=exif)
    by_bytes = reader.read(file.getvalue())
    by_picture = reader.read(Image.open(io.BytesIO(file.getvalue())))
    assert by_bytes.text == by_picture.text == "7210414959"
    assert by_bytes == by_picture


def test_black_and_white_is_read(pixels: NDArray[np.uint8], reader: shuzi.Reader) -> None:
    by_bool = reader.read(pixels > 128)
    by_pillow = reader.read(Image.fromarray(pixels).point(lambda v: 255 * (v > 128), "1"))
    assert by_bool == by_pillow == reader.read(np.where(pixels > 128, 255, 0).astype(np.uint8))
    assert "".join(filter(str.isdigit, by_bool.text)) == "7210414959"


def test_contiguous_pixels_are_not_copied(reader: shuzi.Reader) -> None:
    page = np.full((1500, 2000, 3), 255, np.uint8)

    def held(image: NDArray[np.uint8]) -> int:
        tracemalloc.start()
        try:
            assert reader.read(image).text == ""
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert held(page) < page.nbytes // 10
    # That it would be seen: pixels that lie apart have to be gathered.
    assert held(page[:, ::2]) >= page.nbytes // 2


def test_boxes_lie_on_the_ink(pixels: NDArray[np.uint8], reader: shuzi.Reader) -> None:
    # A made picture: the line on a larger sheet.
    sheet = np.full((pixels.shape[0] + 90, pixels.shape[1] + 160), 255, np.uint8)
    sheet[60 : 60 + pixels.shape[0], 100 : 100 + pixels.shape[1]] = pixels
    reading = reader.read(sheet)
    assert reading.text == "7210414959"
    for digit in reading.digits:
        x, y, width, height = digit.box
        assert sheet[y : y + height, x : x + width].min() < 128
        assert x >= 100 and y >= 60


def test_a_reading_is_frozen_and_can_be_packed(line: Path, reader: shuzi.Reader) -> None:
    reading = reader.read(line)
    with pytest.raises(dataclasses.FrozenInstanceError):
        reading.text = "1"  # type: ignore[misc]
    again = pickle.loads(pickle.dumps(reading))
    assert again == reading and hash(again) == hash(reading)
    assert "<svg" in again._repr_html_(), "the path goes along"


def test_pages_of_a_tiff(pixels: NDArray[np.uint8], reader: shuzi.Reader) -> None:
    pages = [Image.fromarray(pixels), Image.new("L", (80, 60), 255)]
    file = io.BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:])
    first, second = reader.read_pages(file.getvalue())
    assert (first.text, first.page, first.pages) == ("7210414959", 1, 2)
    assert (second.text, second.page, second.pages) == ("", 2, 2)
    assert reader.read(file.getvalue()).text == first.text
    [only] = reader.read_pages(pixels)
    assert only.page is None and only.text == first.text


def test_a_notebook_shows_picture_boxes_and_confidence(line: Path, reader: shuzi.Reader) -> None:
    html = reader.read(line)._repr_html_()
    assert html.count("<rect") == 10 and "data:image/png;base64," in html
    assert "7210414959" in html and " %" in html
    assert "<svg" not in shuzi.Reading.of(reader.read(line).to_dict())._repr_html_()
    bad = next(reader.read_many([b"<b>no image</b>"]))._repr_html_()
    assert "not an image" in bad
