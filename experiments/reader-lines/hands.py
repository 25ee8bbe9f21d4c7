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


def barred(images, random):
    """Half of the 7s get the bar that Europeans write."""
    out = images.copy()
    y, x = np.mgrid[:28, :28]
    for i in np.flatnonzero(random.random(len(images)) < 0.5):
        row = int(random.integers(13, 18))
        ink = np.flatnonzero(images[i, row] > 100)
        if len(ink) == 0:
            continue
        middle, half = ink.mean() + random.uniform(-1.5, 1.5), random.uniform(3, 5.5)
        lean, width = random.uniform(-0.3, 0.15), random.uniform(0.7, 1.3)
        off = np.abs(y - row - lean * (x - middle))
        over = np.maximum(np.abs(x - middle) - half, 0)
        bar = 255 * np.clip(width + 0.5 - np.hypot(off, over), 0, 1)
        out[i] = np.maximum(out[i], bar.astype(np.uint8))
    return out


def main():
    mnist, swiss, crops, out = map(Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(1)
    images = read(mnist / "train-images-idx3-ubyte").copy()
    labels = read(mnist / "train-labels-idx1-ubyte")
    of = lambda digit: labels == digit
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
