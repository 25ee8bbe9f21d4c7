"""Lays together what train.py and `shuzi data lines` are given beside MNIST.

    python3 hands.py MNIST NUMBERS-CH CROPS OUT

Writes MNIST's training digits in shapes that it lacks, as one more hand, and the single
digits and pieces of CROPS (of `shuzi data crops`) that are none. The program `distort` of
shuzi-data, built, must be on the path.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "search/gpu"))
from distort import idx  # noqa: E402

PLAIN = {"rotation_degrees": 0, "zoom_fraction": 0, "shear_degrees": 0, "shift_pixels": 0, "elastic": None}


def read(path):
    return idx(Path(path)).numpy()


def write(path, values):
    head = bytes([0, 0, 8, values.ndim]) + np.array(values.shape, ">i4").tobytes()
    with gzip.open(path, "wb", 6) as file:
        file.write(head + values.tobytes())


def distorted(images, digit, **changes):
    """Every image, changed with a probability."""
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        (folder / "a.json").write_text(json.dumps({**PLAIN, **changes}))
        write(folder / "images.gz", images)
        write(folder / "labels.gz", np.full(len(images), digit, np.uint8))
        names = [folder / "a.json", digit, 1, folder / "out.gz", folder / "images.gz", folder / "labels.gz"]
        subprocess.run(["distort", *map(str, names)], check=True)
        return read(folder / "out.gz")


ROWS, COLUMNS = np.mgrid[:28, :28]


def stroke(image, ends, width):
    """The image with a straight stroke between two points, column and row."""
    (x, y), (dx, dy) = ends[0], np.subtract(ends[1], ends[0])
    along = ((COLUMNS - x) * dx + (ROWS - y) * dy) / (dx * dx + dy * dy)
    along = np.clip(along, 0, 1)
    away = np.hypot(COLUMNS - x - along * dx, ROWS - y - along * dy)
    return np.maximum(image, (255 * np.clip(width + 0.5 - away, 0, 1)).astype(np.uint8))


def slashed(images, random):
    """One 0 in eight gets a stroke through it, from below left to above right."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.125):
        rows, columns = np.nonzero(images[i] > 100)
        over = lambda: random.uniform(-2, 3)
        ends = [(columns.min() - over(), rows.max() + over()), (columns.max() + over(), rows.min() - over())]
        out[i] = stroke(out[i], ends, random.uniform(0.7, 1.3))
    return out


def tailed(images, random):
    """One 0 in three ends as a hurried one does: its stroke runs on from the upper right,
    outwards to the next digit or inwards."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.33):
        ink = images[i] > 100
        rows, columns = np.nonzero(ink)
        middle = np.array([columns.mean(), rows.mean()])
        angle = np.radians(random.uniform(15, 110))
        ray = np.outer(np.arange(14), [np.cos(angle), -np.sin(angle)])
        at = np.rint(middle + ray).astype(int).clip(0, 27)
        on = np.flatnonzero(ink[at[:, 1], at[:, 0]])
        if len(on) == 0:
            continue
        start = middle + ray[on[-1]]
        if random.random() < 0.6:
            turn, length = np.radians(random.uniform(-25, 50)), random.uniform(3, 8)
            end = start + length * np.array([np.cos(turn), -np.sin(turn)])
            bend = (start + end) / 2 + [0, random.uniform(-1, 2)]
        else:
            turn = np.radians(random.uniform(20, 100))
            back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
            end = middle + random.uniform(0.2, 0.6) * back @ (start - middle)
            bend = middle + random.uniform(0.75, 1) * back @ (start - middle) * [0.9, 1]
        width = random.uniform(0.6, 1.2)
        out[i] = stroke(stroke(out[i], [start, bend], width), [bend, end], width)
    return out


def barred(images, random):
    """Half of the 7s get the bar that Europeans write."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.5):
        row = int(random.integers(12, 20))
        ink = np.flatnonzero(images[i, row] > 100)
        if len(ink) == 0:
            continue
        middle, half = ink.mean() + random.uniform(-1.5, 1.5), random.uniform(3, 7)
        drop = half * random.uniform(-0.3, 0.15)
        ends = [(middle - half, row - drop), (middle + half, row + drop)]
        out[i] = stroke(out[i], ends, random.uniform(0.7, 1.3))
    return out


def main():
    mnist, swiss, crops, out = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    images = read(mnist / "train-images-idx3-ubyte").copy()
    labels = read(mnist / "train-labels-idx1-ubyte")
    of = lambda digit: labels == digit
    images[of(0)] = tailed(slashed(images[of(0)], random), random)
    images[of(1)] = distorted(images[of(1)], 1, upstroke_probability=0.6)
    images[of(2)] = distorted(images[of(2)], 2, looped_two_probability=0.3)
    images[of(7)] = barred(images[of(7)], random)
    nines = distorted(images[of(9)], 9, mirrored_nine_probability=0.5)
    images[of(9)] = distorted(nines, 9, curled_nine_probability=0.5)
    write(out / "single-shaped-images.gz", images)
    write(out / "single-shaped-labels.gz", labels)
    write(out / "single-mnist-images.gz", read(mnist / "train-images-idx3-ubyte"))
    write(out / "single-mnist-labels.gz", labels)
    # Twice: fewer than the others.
    for copy in "ab":
        for kind, name in (("images", "idx3"), ("labels", "idx1")):
            write(out / f"single-swiss-{copy}-{kind}.gz", read(swiss / f"train-{kind}-{name}-ubyte.gz"))
    crop_labels = read(crops / "crops-labels-idx1-ubyte.gz")
    none = np.flatnonzero(crop_labels == 10)
    none = random.permutation(none)[:30000]
    write(out / "single-none-images.gz", read(crops / "crops-images-idx3-ubyte.gz")[none])
    write(out / "single-none-labels.gz", crop_labels[none])


if __name__ == "__main__":
    main()
