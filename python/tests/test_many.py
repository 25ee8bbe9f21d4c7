"""Many images."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import shuzi
from numpy.typing import NDArray
from shuzi import Source
from shuzi.sources import Plain


def test_readings_come_in_order_and_a_bad_one_leaves_the_rest(
    samples: Path, line: Path, reader: shuzi.Reader
) -> None:
    sources: list[Source] = [line, b"no image", samples / "digit-4.png", samples / "none.png"] * 7
    readings = list(reader.read_many(sources, progress=False))
    assert [reading.text for reading in readings] == ["7210414959", "", "4", ""] * 7
    assert "not an image" in str(readings[1].error)
    assert "No such file" in str(readings[3].error)
    assert readings[0] == reader.read(line), "the same as alone"
    assert list(shuzi.read([line, samples / "digit-4.png"])) == [readings[0], readings[2]]


def test_sources_are_taken_as_they_are_needed(pixels: NDArray[np.uint8]) -> None:
    reader = shuzi.Reader(threads=1)
    taken = 0

    def endless() -> Iterator[NDArray[np.uint8]]:
        nonlocal taken
        while True:
            taken += 1
            yield pixels

    readings = reader.read_many(endless(), progress=False)
    assert next(readings).text == "7210414959"
    assert taken <= 8, "no more than a batch"


def test_what_is_no_list_of_images_is_told(line: Path, reader: shuzi.Reader) -> None:
    with pytest.raises(TypeError, match="several images"):
        reader.read_many(line)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a path, the bytes"):
        shuzi.read([3])  # type: ignore[list-item]
        list(shuzi.read([3]))  # type: ignore[list-item]


def test_progress_is_shown_where_it_is_asked_for(
    line: Path, reader: shuzi.Reader, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(list(reader.read_many([line] * 3, progress=True))) == 3
    assert "3/3" in capsys.readouterr().err
    list(reader.read_many([line] * 3, progress=False))
    assert capsys.readouterr().err == ""


def test_without_tqdm_readings_come_all_the_same(
    line: Path, reader: shuzi.Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    assert len(list(reader.read_many([line]))) == 1
    with pytest.raises(ImportError):
        reader.read_many([line], progress=True)


def test_other_threads_run_while_an_image_is_read(pixels: NDArray[np.uint8]) -> None:
    reader = shuzi.Reader(threads=1)
    images: list[Plain] = [pixels] * 64
    reading = threading.Event()
    turns: list[float] = []

    def count() -> None:
        while not reading.is_set():
            turns.append(time.perf_counter())
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    start = time.perf_counter()
    inner = reader._reader.read_many(images)
    end = time.perf_counter()
    reading.set()
    counter.join()
    assert len(inner) == 64
    # With the lock held all along there would be none inside the call.
    quarter = (end - start) / 4
    assert any(start + quarter < turn < end - quarter for turn in turns)


def test_threads_may_share_a_reader(samples: Path, line: Path) -> None:
    reader = shuzi.Reader(threads=1)
    read: dict[int, list[str]] = {}

    def work(index: int) -> None:
        names = [line, samples / "digit-4.png", samples / "line-0690.pgm"]
        read[index] = [reader.read(name).text for name in names * 3]

    threads = [threading.Thread(target=work, args=(index,)) for index in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(read.values()) == [["7210414959", "4", "0690"] * 3] * 4
