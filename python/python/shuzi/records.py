"""What was read, as the command line's JSON has it. Made by `tools/make_records.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias


Role: TypeAlias = Literal[
    "minus",
    "plus",
    "point",
    "comma",
    "middle-dot",
    "colon",
    "slash",
    "times",
    "division",
    "equals",
    "percent",
    "letter",
    "ruling",
    "box",
    "border",
    "underline",
    "strike",
    "stroke",
    "speck",
    "other",
]
"""What a mark may be."""


@dataclass(frozen=True, kw_only=True)
class RunnerUp:
    """What a number is likeliest if it is not what was read."""

    confidence: float
    """Probability that it is right."""
    text: str
    """As `text`."""


def runner_up_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `RunnerUp` from its JSON."""
    return {
        "confidence": data["confidence"],
        "text": data["text"],
    }


@dataclass(frozen=True, kw_only=True)
class RejectReason:
    """A reason not to accept a number"""

    kind: str
    message: str


def reject_reason_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `RejectReason` from its JSON."""
    return {
        "kind": data["kind"],
        "message": data["message"],
    }


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark of ink that is no digit."""

    box: tuple[int, int, int, int]
    """Where it is in the image, upright, in pixels."""
    confidence: float
    """Probability of the role, by its size, place and shape."""
    role: Role
    """What it is."""


def mark_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Mark` from its JSON."""
    return {
        "box": tuple(data["box"]),
        "confidence": data["confidence"],
        "role": data["role"],
    }


@dataclass(frozen=True, kw_only=True)
class Digit:
    """One digit of a `Reading`."""

    box: tuple[int, int, int, int]
    """Where it is in the image, upright, in pixels."""
    candidates: tuple[tuple[int, float], ...]
    """The likeliest digits with their probabilities, the first first."""
    cell: int | None = None
    """Its cell, from 1, if there are cells."""
    confidence: float
    """Its probability by its geometry, size and place, if this piece is all of it; read as
    one of a pair, by the shape of both.
    """
    digit: int
    """The most likely one, or the one that the constraints ask for, 0 to 9."""


def digit_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Digit` from its JSON."""
    return {
        "box": tuple(data["box"]),
        "candidates": tuple(tuple(item) for item in data["candidates"]),
        "cell": data.get("cell", None),
        "confidence": data["confidence"],
        "digit": data["digit"],
    }


@dataclass(frozen=True, kw_only=True)
class Number:
    """One number of a `Reading`: what stands between gaps on a line."""

    accepted: bool
    """Whether nothing speaks against it."""
    box: tuple[int, int, int, int]
    """Around its digits, in pixels of the image."""
    column: int
    """Its place on the line, from 1 at the left."""
    confidence: float
    """Probability that it is right, with all else on its line."""
    digits: tuple[Digit, ...]
    """Its digits from left to right."""
    line: int
    """Its line, from 1 at the top."""
    reasons: tuple[RejectReason, ...] = ()
    """Why it is not accepted; empty if it is."""
    text: str
    """Its digits with the signs among them."""
    value: float | None = None
    """What it is worth, where that is plain: `-12`, `12.5`, `1,234.50`. A separator before
    three digits may be one of thousands or of decimals: then it has no value, and neither
    have dates and sums.
    """


def number_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Number` from its JSON."""
    return {
        "accepted": data["accepted"],
        "box": tuple(data["box"]),
        "column": data["column"],
        "confidence": data["confidence"],
        "digits": tuple(Digit(**digit_fields(item)) for item in data["digits"]),
        "line": data["line"],
        "reasons": tuple(RejectReason(**reject_reason_fields(item)) for item in data["reasons"]) if "reasons" in data else (),
        "text": data["text"],
        "value": data.get("value", None),
    }


@dataclass(frozen=True, kw_only=True)
class Record:
    """What was read of an image, or why nothing was."""

    page: int | None = None
    """Which, from 1."""
    pages: int | None = None
    """Of how many."""
    accepted: bool
    """Whether there are digits, none of them so wide that it is likely several and none
    likely missing (ink as high as a digit left out, or an empty cell between others), and
    `confidence` reaches the least that was asked for.
    """
    confidence: float
    """Probability that all digits are right: without constraints the product of theirs, 1 if
    there are none.
    """
    corrected: bool = False
    """Whether the constraints changed a digit."""
    margin: float | None = None
    """How much likelier the number is than the next in the list of known ones, as a
    logarithm, where there are several.
    """
    marks: tuple[Mark, ...] = ()
    """What else is seen: signs, print, what strikes out, what is not explained. Dust is left
    out.
    """
    numbers: tuple[Number, ...]
    """The numbers in reading order, each by itself."""
    raw: str | None = None
    """What was read before the constraints had their say, where there are any."""
    reasons: tuple[RejectReason, ...] = ()
    """Why it is not accepted; empty if it is."""
    runner_up: RunnerUp | None = None
    """The next likeliest number, if it was asked for and there is one."""
    text: str
    """The digits from left to right with the signs among them; a space between lines, and
    between numbers on one. Where constraints were given, the digits as these have them.
    Empty if the image shows none.
    """
    error: str | None = None
    """Why the image can't be read."""
    file: str
    """The image's name."""


def record_fields(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Record` from its JSON."""
    return {
        "page": data.get("page", None),
        "pages": data.get("pages", None),
        "accepted": data["accepted"],
        "confidence": data["confidence"],
        "corrected": data.get("corrected", False),
        "margin": data.get("margin", None),
        "marks": tuple(Mark(**mark_fields(item)) for item in data["marks"]) if "marks" in data else (),
        "numbers": tuple(Number(**number_fields(item)) for item in data["numbers"]),
        "raw": data.get("raw", None),
        "reasons": tuple(RejectReason(**reject_reason_fields(item)) for item in data["reasons"]) if "reasons" in data else (),
        "runner_up": RunnerUp(**runner_up_fields(data["runner_up"])) if "runner_up" in data else None,
        "text": data["text"],
        "error": data.get("error", None),
        "file": data["file"],
    }
