"""Spoils pictures of numbers as bad photos and scans do, to see what reading takes.

    python3 spoil.py SET OUT

SET is a folder with labels.tsv and images; OUT gets a folder of the same kind for each way to
spoil. The same pictures come out each time.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

RANDOM = np.random.default_rng(1)


def scaled(share):
    def scale(image):
        size = [max(1, round(share * side)) for side in image.size]
        return image.resize(size, Image.LANCZOS)

    return scale


def of_pixels(change):
    def apply(image):
        changed = change(np.asarray(image, float))
        return Image.fromarray(np.clip(changed, 0, 255).astype(np.uint8))

    return apply


def jpeg(image):
    file = io.BytesIO()
    image.save(file, "JPEG", quality=15)
    return Image.open(file).convert("RGB")


def blurred(image):
    return image.filter(ImageFilter.GaussianBlur(max(1, image.height / 60)))


def shaded(pixels):
    return pixels * np.linspace(0.35, 1, pixels.shape[1])[None, :, None]


def noisy(pixels):
    return pixels + RANDOM.normal(0, 14, pixels.shape)


def pale(pixels):
    """Half of the contrast, as of a pencil."""
    paper = np.median(pixels, (0, 1))
    return paper + 0.55 * (pixels - paper)


def beside_desk(axis, first):
    def put(pixels):
        shape = list(pixels.shape)
        shape[axis] = max(3, int(0.12 * max(shape)))
        parts = [np.full(shape, 12.0), pale(pixels)]
        return np.concatenate(parts if first else parts[::-1], axis)

    return put


def on_desk(pixels):
    side = int(0.12 * max(pixels.shape))
    return np.pad(pixels, [[side] * 2] * 2 + [[0, 0]], constant_values=12)


WAYS = {
    "as-it-is": lambda image: image,
    "half-size": scaled(0.5),
    "two-fifths": scaled(0.4),
    "jpeg-15": jpeg,
    "blurred": blurred,
    "noisy": of_pixels(noisy),
    "inverted": ImageOps.invert,
    "shaded": of_pixels(shaded),
    "pale": of_pixels(pale),
    "pale-desk-left": of_pixels(beside_desk(1, True)),
    "pale-desk-below": of_pixels(beside_desk(0, False)),
    "desk-around": of_pixels(on_desk),
}


def main():
    source, out = map(Path, sys.argv[1:])
    header, *lines = (source / "labels.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines]
    at = header.split("\t").index("file")
    for name, spoil in WAYS.items():
        folder = out / name
        (folder / "images").mkdir(parents=True, exist_ok=True)
        listed = [header]
        for number, row in enumerate(rows):
            image = ImageOps.exif_transpose(Image.open(source / row[at])).convert("RGB")
            row = row.copy()
            row[at] = f"images/{number:04}.png"
            spoil(image).save(folder / row[at], compress_level=1)
            listed.append("\t".join(row))
        (folder / "labels.tsv").write_text("\n".join(listed) + "\n")


if __name__ == "__main__":
    main()
