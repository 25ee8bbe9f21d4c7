"""Records to the JSON of the command line, whose fields they have."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any


def to_json(value: Any) -> Any:
    """A record as plain values: fields that say nothing are left out, as in the JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_json(own)
            for field in fields(value)
            if field.compare
            and ((own := getattr(value, field.name)) != field.default or field.default is MISSING)
        }
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value
