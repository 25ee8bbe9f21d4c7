"""What was read of an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shuzi.html import show
from shuzi.json_form import to_json
from shuzi.records import Digit, Record, record_fields
from shuzi.sources import Plain, size


@dataclass(frozen=True, kw_only=True)
class Reading(Record):
    """What was read of an image, or why nothing was. Its fields are those of the command
    line's JSON; a notebook shows it as a picture."""

    _image: Plain | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, data: Mapping[str, Any], image: Plain | None = None) -> Reading:
        """The reading that a record of JSON has, and the image that it is of."""
        return cls(**record_fields(data), _image=image)

    @property
    def digits(self) -> tuple[Digit, ...]:
        """The digits of all numbers, in the order of `text`."""
        return tuple(digit for number in self.numbers for digit in number.digits)

    def to_dict(self) -> dict[str, Any]:
        """The record as the command line's JSON has it."""
        record: dict[str, Any] = to_json(self)
        return record

    def __reduce__(self) -> tuple[Any, ...]:
        # A file's path goes along; pixels and bytes do not.
        image = self._image
        path = None if image is None or size(image) else image
        return Reading.of, (self.to_dict(), path)

    def _repr_html_(self) -> str:
        return show(self, self._image)
