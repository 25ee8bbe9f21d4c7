"""A reading as a notebook shows it: picture, boxes and confidence."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING

from shuzi._shuzi import picture_png
from shuzi.sources import Plain

if TYPE_CHECKING:
    from shuzi.records import Record

# Most pixels of the picture in either direction: as wide as a notebook's column.
_SIDE = 800
_SURE, _UNSURE = "#188038", "#c5221f"


def show(record: Record, image: Plain | None) -> str:
    """The record and its image as HTML."""
    parts = [f"<div>{_heading(record)}</div>"]
    if image is not None and record.error is None:
        parts.append(_picture(record, image))
    return "<div>" + "".join(parts) + "</div>"


def _heading(record: Record) -> str:
    if record.error is not None:
        return f'<b style="color:{_UNSURE}">{escape(record.error)}</b>'
    colour = _SURE if record.accepted else _UNSURE
    text = escape(record.text) or "no digits"
    reasons = "; ".join(escape(reason.message) for reason in record.reasons)
    return (
        f'<b style="color:{colour};font-size:1.4em">{text}</b> '
        f"{100 * record.confidence:.1f} %" + (f" ({reasons})" if reasons else "")
    )


def _picture(record: Record, image: Plain) -> str:
    png, width, height = picture_png(image, record.page or 1, _SIDE)
    shown = min(width, _SIDE)
    line = max(width, height) / 400
    marks = []
    for number in record.numbers:
        for digit in number.digits:
            x, y, wide, high = digit.box
            colour = _SURE if number.accepted else _UNSURE
            label = f"{digit.digit} {100 * digit.confidence:.1f} %"
            marks.append(
                f'<rect x="{x}" y="{y}" width="{wide}" height="{high}" fill="none" '
                f'stroke="{colour}" stroke-width="{line:.2f}"><title>{label}</title></rect>'
            )
    data = b64encode(png).decode("ascii")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'style="width:{shown}px;max-width:100%">'
        f'<image width="{width}" height="{height}" preserveAspectRatio="none" '
        f'href="data:image/png;base64,{data}"/>{"".join(marks)}</svg>'
    )
