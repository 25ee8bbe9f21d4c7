"""Lays together what `shuzi dev crops` and `shuzi dev lines` are given beside MNIST.

    python3 hands.py MNIST NUMBERS-CH CROPS OUT [SEED]

Writes MNIST's training digits in shapes that it lacks, as one more hand, and the single
digits and pieces of CROPS (of `shuzi dev crops`) that are none. The program `distort` of
shuzi-data, built, must be on the path.
"""

import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

PLAIN = {"rotation_degrees": 0, "zoom_fraction": 0, "shear_degrees": 0, "shift_pixels": 0, "elastic": None}


def read(path):
    raw = Path(path).read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    shape = np.frombuffer(raw, ">i4", raw[3], 4)
    return np.frombuffer(raw, np.uint8, -1, 4 + 4 * raw[3]).reshape(shape)


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
    along = ((COLUMNS - x) * dx + (ROWS - y) * dy) / max(dx * dx + dy * dy, 1e-9)
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
    """The 7s get the bar that Europeans write."""
    out = images.copy()
    for i in range(len(images)):
        row = int(random.integers(12, 20))
        ink = np.flatnonzero(images[i, row] > 100)
        if len(ink) == 0:
            continue
        middle, half = ink.mean() + random.uniform(-1.5, 1.5), random.uniform(3, 7)
        drop = half * random.uniform(-0.3, 0.15)
        ends = [(middle - half, row - drop), (middle + half, row + drop)]
        out[i] = stroke(out[i], ends, random.uniform(0.7, 1.3))
    return out


def top_left(image, height):
    """Column and row of the left end of the ink in so many of its upper rows."""
    rows, columns = np.nonzero(image > 100)
    top = rows < rows.min() + height
    left = columns[top].min()
    return np.array([left, rows[top][columns[top] == left].mean()])


def hooked(images, random):
    """Two 7s in five start with a short stroke down from the left end of their top."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.4):
        start = top_left(images[i], 6) + [0.5, 0]
        end = start + [-random.uniform(-0.5, 1.5), random.uniform(2, 4)]
        out[i] = stroke(out[i], [start, end], random.uniform(0.6, 1.2))
    return out


def parted(images, random):
    """One 5 in five has its top bar apart from the rest."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.2):
        column, row = top_left(images[i], 7)
        row += random.uniform(-1, 2)
        column += random.uniform(0, 2)
        out[i][np.hypot(COLUMNS - column, ROWS - row) < random.uniform(2, 3.2)] = 0
    return out


def like_h(images, random):
    """One 4 in four loses what its right stroke has over the bar: an h."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.25):
        ink = images[i] > 100
        # The bar: the longest run of ink along a row of the middle.
        bar, length, end = 0, 0, 0
        for row in range(9, 21):
            run = 0
            for column in range(28):
                run = run + 1 if ink[row, column] else 0
                if run > length:
                    bar, length, end = row, run, column
        # The left stroke must go up from the bar, the right one down from it.
        top = ink[: bar - 2]
        left = end - length + 1
        middle = (left + end) // 2 + 1
        if length < 7 or not top[:, :middle].any() or not ink[bar + 4 :, middle:].any():
            continue
        if not top[:, middle:].any() or top[:, middle - 1].any():
            continue  # as an h already, or a closed top
        out[i, : bar - 1, middle:] = 0
    return out


def steep(images, random):
    """One 1 in five starts far down: a stroke from its top to the left, up to its foot."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.2):
        rows, columns = np.nonzero(images[i] > 100)
        top = np.array([columns[rows == rows.min()].mean(), rows.min() + 0.5])
        foot = np.array([columns[rows == rows.max()].mean(), rows.max()])
        stem = foot - top
        turn = np.radians(random.uniform(18, 42))
        turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ stem
        end = top + random.uniform(0.6, 1.0) * turned
        bend = (top + end) / 2 + random.uniform(-1.5, 1.5, 2)
        width = random.uniform(0.5, 1.1)
        out[i] = stroke(stroke(out[i], [top, bend], width), [bend, end], width)
    return out


def hole(ink):
    """The pixels without ink that ink surrounds."""
    outside = np.zeros((30, 30), bool)
    outside[[0, -1]] = outside[:, [0, -1]] = True
    free = ~np.pad(ink, 1)
    while True:
        grown = outside.copy()
        grown[1:] |= outside[:-1]
        grown[:-1] |= outside[1:]
        grown[:, 1:] |= outside[:, :-1]
        grown[:, :-1] |= outside[:, 1:]
        grown &= free | outside
        if (grown == outside).all():
            return (free & ~outside)[1:-1, 1:-1]
        outside = grown


def like_p(images, random):
    """One 9 in two is mirrored to look like a P; of these every other starts with a flick
    from the left, where its stem leaves the bowl."""
    out = images.copy()
    chosen = np.flatnonzero(random.random(len(images)) < 0.5)
    out[chosen] = distorted(images[chosen], 9, mirrored_nine_probability=1)
    for i in chosen[::2]:
        ink = out[i] > 100
        rows = np.nonzero(hole(ink))[0]
        if len(rows) == 0:
            continue
        row = min(rows.max() + 1, 27)
        column = np.flatnonzero(ink[row])
        if len(column) == 0:
            continue
        start = np.array([column[0] + 1, row])
        end = start + [-random.uniform(3, 8), random.uniform(-1.5, 3)]
        out[i] = stroke(out[i], [start, end], random.uniform(0.6, 1.2))
    return out


def rings(eight):
    """The pixels without ink inside an 8, and the rows of its upper and of its lower ring;
    `None` if it has not two of three rows at least."""
    within = hole(eight > 100)
    rows = np.flatnonzero(within.any(1))
    gaps = np.flatnonzero(np.diff(rows) > 1)
    if len(gaps) == 0:
        return None
    upper, lower = rows[: gaps[-1] + 1], rows[gaps[-1] + 1 :]
    return (within, upper, lower) if min(len(upper), len(lower)) >= 3 else None


def opened(images, random):
    """One 8 in eight has a gap in the right side of its upper ring."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.125):
        found = rings(images[i])
        if found is None:
            continue
        within, upper, _ = found
        length = random.integers(2, len(upper))
        first = random.integers(len(upper) - length + 1)
        for row in upper[first : first + length]:
            out[i, row, np.flatnonzero(within[row])[-1] :] = 0
    return out


def like_s(images, eights, random):
    """One 9 in five becomes an 8 without the left side of its lower ring: a 9 whose stem
    swings out to the right and back."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 0.2):
        eight = eights[random.integers(len(eights))].copy()
        found = rings(eight)
        if found is None:
            continue
        within, _, lower = found
        for row in lower:
            eight[row, : np.flatnonzero(within[row])[0] + 1] = 0
        # What is left of the ring's foot ends somewhere to the left of its middle.
        columns = np.flatnonzero(within[lower].any(0))
        end = int(random.integers(columns[0] - 3, columns[len(columns) // 2] + 1))
        eight[lower[0] :, : max(end, 0)] = 0
        out[i] = eight
    return out


def narrow(images, random):
    """One digit in six is squeezed to between a half and four fifths of its width."""
    out = images.copy()
    for i in np.flatnonzero(random.random(len(images)) < 1 / 6):
        share = random.uniform(0.5, 0.8)
        at = 13.5 + (np.arange(28) - 13.5) / share
        before = np.floor(at).astype(int)
        part = at - before
        row = np.pad(images[i].astype(float), ((0, 0), (16, 16)))
        out[i] = np.rint((1 - part) * row[:, before + 16] + part * row[:, before + 17])
    return out


def main():
    mnist, swiss, crops, out = map(Path, sys.argv[1:5])
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    images = read(mnist / "train-images-idx3-ubyte").copy()
    labels = read(mnist / "train-labels-idx1-ubyte")
    of = lambda digit: labels == digit
    images[of(0)] = tailed(slashed(images[of(0)], random), random)
    images[of(1)] = steep(distorted(images[of(1)], 1, upstroke_probability=0.5), random)
    images[of(2)] = distorted(images[of(2)], 2, looped_two_probability=0.3)
    images[of(4)] = like_h(images[of(4)], random)
    images[of(5)] = parted(images[of(5)], random)
    # A foot bent to the left is made as that of a 9.
    sevens = distorted(images[of(7)], 9, curled_nine_probability=0.25)
    half = random.random(len(sevens)) < 0.5
    sevens[half], sevens[~half] = barred(sevens[half], random), hooked(sevens[~half], random)
    images[of(7)] = sevens
    nines = like_p(images[of(9)], random)
    nines = distorted(nines, 9, curled_nine_probability=0.5)
    images[of(9)] = like_s(nines, images[of(8)], random)
    images[of(8)] = opened(images[of(8)], random)
    images = narrow(images, random)
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
