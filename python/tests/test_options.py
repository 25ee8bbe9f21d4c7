"""The options of a reader."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import shuzi
from helpers import records
from shuzi.reader import Options

CASES: list[tuple[Options, list[str]]] = [
    ({"length": 10}, ["--length", "10"]),
    ({"length": (2, 4)}, ["--length", "2-4"]),
    ({"length": "3"}, ["--length", "3"]),
    ({"check": "luhn"}, ["--check", "luhn"]),
    ({"range": (0, 99)}, ["--range", "0..99"]),
    ({"pattern": r"7\d{9}"}, ["--pattern", r"7\d{9}"]),
    ({"cells": 10}, ["--cells", "10"]),
    ({"min_confidence": 1.0}, ["--min-confidence", "1"]),
    ({"max_error": 0.02}, ["--max-error", "0.02"]),
    ({"pairs": "none"}, ["--pairs", "none"]),
    ({"line": "none"}, ["--line", "none"]),
    ({"readers": "lattice"}, ["--readers", "lattice"]),
    ({"readers": "line"}, ["--readers", "line"]),
    ({"threads": 1}, ["--threads", "1"]),
]


@pytest.mark.parametrize(("options", "words"), CASES, ids=lambda case: str(case))
def test_an_option_does_what_it_does_on_the_command_line(
    options: Options, words: list[str], line: Path
) -> None:
    [record] = records(*words, line)
    assert shuzi.read(line, **options).to_dict() == record


def test_a_lexicon_is_obeyed(line: Path) -> None:
    reading = shuzi.read(line, lexicon=["7210414959", "7210414950"])
    assert reading.text == "7210414959" and reading.margin is not None
    assert shuzi.read(line, lexicon=["12"]).accepted is False


def test_the_next_likeliest_is_found(line: Path) -> None:
    second = shuzi.read(line, runner_up=True).runner_up
    assert second is not None and second.text != "7210414959"
    assert shuzi.read(line).runner_up is None


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"check": "none"}, "check: expected one of luhn"),
        ({"length": 0}, "length: expected a number of digits"),
        ({"pattern": "("}, "pattern: "),
        ({"range": (9, 1)}, "range: "),
        ({"lexicon": []}, "lexicon: "),
        ({"cells": 0}, "cells: expected a number from 1 to 1000"),
        ({"min_confidence": float("nan")}, "min_confidence: expected a number from 0 to 1"),
        ({"max_error": 0.0}, ""),
        ({"readers": "all"}, "readers: expected lattice, line or both"),
        ({"threads": 0}, "threads: expected at least 1"),
        ({"check": "isbn13", "length": 4}, "contradict each other"),
        ({"model": "no/such/run"}, "no model no/such/run"),
    ],
)
def test_what_is_wrong_with_an_option_is_told(options: Any, told: str) -> None:
    with pytest.raises(ValueError, match=".") as error:
        shuzi.Reader(**options)
    assert told in str(error.value)


def test_unknown_options_are_named() -> None:
    with pytest.raises(TypeError, match="no option colour: expected some of check"):
        shuzi.Reader(colour="red")  # type: ignore[call-arg]


def test_a_reader_is_packed_as_its_settings(line: Path) -> None:
    reader = shuzi.Reader(length=10, threads=1)
    packed = pickle.dumps(reader)
    assert len(packed) < 200
    again = pickle.loads(packed)
    assert repr(again) == "shuzi.Reader(length=10, threads=1)"
    assert again.read(line) == reader.read(line)
