"""Draws digits as pens draw them, in styles that MNIST has few of: one more hand.

    python3 pen.py OUT [COUNT] [SEED] [more]

Writes COUNT digits as OUT-images.gz and OUT-labels.gz, with `more` in more styles. A style is a few
strokes, a stroke the points that it goes through (right and down, a digit is 1 high); each digit's
points are moved a little, then all of it slanted, squeezed and drawn with a round pen.
"""

import sys
from pathlib import Path

import numpy as np

from hands import write

SIDE, BOX, FINE = 28, 20, 12


class Pen:
    """What chance decides about one digit."""

    def __init__(self, random):
        self.random = random

    def between(self, low, high):
        return self.random.uniform(low, high)

    def maybe(self, share):
        return self.random.random() < share


def smooth(*points):
    """A stroke that bends through its points (Catmull and Rom's spline)."""
    p = np.array([points[0], *points, points[-1]], float)
    t = np.linspace(0, 1, FINE, endpoint=False)[:, None]
    parts = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:])
    ]
    return np.concatenate([*parts, p[-1:]])


def straight(*points):
    """A stroke with corners at its points."""
    p = np.array(points, float)
    t = np.linspace(0, 1, FINE, endpoint=False)[:, None]
    return np.concatenate([*(a + (b - a) * t for a, b in zip(p, p[1:])), p[-1:]])


def arc(middle, radii, begin, end):
    """A part of an ellipse between two angles in turns: 0 is right, 0.25 below."""
    angle = 2 * np.pi * np.linspace(begin, end, 3 * FINE)
    return np.stack([middle[0] + radii[0] * np.cos(angle), middle[1] + radii[1] * np.sin(angle)], 1)


def then(*strokes):
    """Strokes without lifting the pen."""
    return np.concatenate(strokes)


# Ones.


def flagged(pen):
    """A 1 whose flag goes far down and away, like an arrow's head."""
    x, y = pen.between(0.12, 0.6), pen.between(0.25, 1.0)
    bend = pen.between(-0.08, 0.08)
    return [then(smooth((-x, y), (-x / 2 + bend, y / 2), (0, 0)), smooth((0, 0), (bend / 2, 0.5), (0, 1)))]


def based(pen):
    """A 1 with a flag and a line to stand on."""
    left, right = pen.between(0.15, 0.4), pen.between(0.15, 0.45)
    flag = (-pen.between(0.1, 0.3), pen.between(0.12, 0.4))
    return [straight(flag, (0, 0), (0, 1)), smooth((-left, pen.between(0.95, 1.03)), (right, pen.between(0.93, 1.03)))]


def looped(pen):
    """A 1 that starts with a loop, as a written l."""
    x, low, wide = pen.between(0.1, 0.4), pen.between(0.35, 0.75), pen.between(0.06, 0.2)
    foot = [(pen.between(0.02, 0.1), 0.99), (pen.between(0.1, 0.25), pen.between(0.85, 0.95))] if pen.maybe(0.3) else []
    high = pen.between(0.1, 0.25)
    return [smooth((-x, low), (-0.02, low * 0.6), (wide, high), (wide * 0.6, 0), (-0.03, high), (-0.04, 0.6), (0, 0.97), *foot)]


# Twos.


def two_with_loops(pen):
    """A 2 whose top or foot is a loop."""
    top = [(-0.05, pen.between(0.3, 0.5)), (-0.28, 0.25)] if pen.maybe(0.5) else [(-0.28, 0.22)]
    foot = [(-0.15, 0.98), (-0.32, 0.95), (-0.2, 0.8), (0.1, 0.97), (0.4, 0.92)]
    if pen.maybe(0.4):
        foot = [(-0.35, 1), (0.4, pen.between(0.93, 1.03))]
        return [then(smooth(*top, (-0.02, 0), (0.26, 0.25), (0, 0.65), foot[0]), smooth(*foot))]
    return [smooth(*top, (-0.02, 0), (0.26, 0.25), (0.05, 0.65), *foot)]


def like_z(pen):
    """A 2 with corners."""
    return [straight((-0.3, pen.between(0, 0.1)), (0.28, 0), (-0.32, 1), (0.35, pen.between(0.95, 1)))]


# Threes.


def three(pen):
    """A 3, one in two with a flat top."""
    top = straight((-0.28, pen.between(0, 0.08)), (0.25, 0), (-0.05, 0.42))
    if pen.maybe(0.5):
        top = smooth((-0.25, 0.12), (0, 0), (0.22, 0.2), (-0.05, 0.45))
    return [then(top, smooth((-0.05, 0.43), (0.3, 0.62), (0.1, 0.97), (-0.32, pen.between(0.85, 0.97))))]


# Fours.


def like_h(pen):
    """A 4 whose right stroke begins at its bar or little above, or bends out of its left one."""
    bar, right, lean = pen.between(0.45, 0.7), pen.between(0.12, 0.3), pen.between(-0.1, 0.25)
    if pen.maybe(0.4):
        foot = (-0.28, pen.between(bar, 0.85))
        arch = smooth(foot, (-0.1, bar - 0.08), (right, bar), (right - 0.02, 0.75), (right - pen.between(0.05, 0.2), 1))
        return [then(straight((lean, 0), foot), arch)]
    left = straight((lean - 0.1, 0), (-0.3, bar), (right + pen.between(0, 0.15), bar - pen.between(0, 0.15)))
    return [left, smooth((right, bar - pen.between(0, 0.25)), (right - pen.between(0, 0.15), 1))]


def like_y(pen):
    """A 4 whose left side is round."""
    low = pen.between(0.4, 0.6)
    cup = smooth((-0.3, pen.between(0, 0.15)), (-0.33, low * 0.7), (-0.1, low), (0.25, low - pen.between(0.05, 0.2)))
    return [cup, smooth((pen.between(0.25, 0.38), pen.between(0, 0.15)), (0.2, 0.5), (pen.between(-0.1, 0.2), 1))]


def lightning(pen):
    """A 4 in one go: down, across and down."""
    bar, right = pen.between(0.5, 0.65), pen.between(0.15, 0.35)
    back = pen.between(-0.05, 0.15)
    return [straight((pen.between(-0.2, 0.05), 0), (-0.3, bar), (right, bar - pen.between(0.03, 0.15)), (right - back, 1))]


# Fives.


def five(pen):
    """A 5; its bar joined, apart or bent."""
    top = pen.between(0.02, 0.12)
    body = then(straight((-0.18, top), (-0.24, 0.42)), smooth((-0.24, 0.43), (0.05, 0.38), (0.27, 0.65), (0.05, 0.97), (-0.28, 0.92)))
    lift = pen.between(0, 0.12)
    return [body, smooth((-0.2 + lift, top - lift / 2), (0.05, 0.03), (pen.between(0.2, 0.4), pen.between(-0.05, 0.05)))]


def like_s(pen):
    """A 5 in one go."""
    return [smooth((0.28, pen.between(0, 0.1)), (-0.05, 0.02), (-0.25, 0.22), (0.02, 0.45), (0.25, 0.7), (0, 0.98), (-0.3, 0.92))]


# Sixes.


def six(pen):
    """A 6 with a ring of any size, closed or nearly."""
    tall, wide = pen.between(0.15, 0.28), pen.between(0.2, 0.32)
    middle = (0, 1 - tall)
    ring = arc(middle, (wide, tall), 0.5, pen.between(-0.6, -0.4) if pen.maybe(0.7) else -0.3)
    start = (pen.between(-0.1, 0.2), pen.between(0, 0.08))
    return [then(smooth(start, (-wide * 0.7, 0.3), (-wide, 1 - tall)), ring)]


# Sevens.


def seven(pen):
    """A 7 whose top is waved, that starts with a stroke down, with a bar or not."""
    wide = pen.between(0.15, 0.4)
    top = [(-wide, pen.between(0.02, 0.12)), (0, pen.between(0, 0.18)), (wide, 0)]
    if pen.maybe(0.6):
        top = [(-wide - pen.between(-0.06, 0.05), pen.between(0.12, 0.45)), *top]
    foot = [(-0.02, 1)]
    if pen.maybe(0.25):
        foot = [(0, 0.9), (pen.between(0.05, 0.2), 1)] if pen.maybe(0.5) else [(0, 0.85), (-pen.between(0.1, 0.25), 1)]
    strokes = [then(straight(*top) if pen.maybe(0.5) else smooth(*top), smooth((wide, 0), (wide * 0.4, 0.45), *foot))]
    if pen.maybe(0.6):
        y, left, right = pen.between(0.4, 0.62), pen.between(0.15, 0.35), pen.between(0.2, 0.4)
        drop = pen.between(-0.1, 0.05)
        strokes.append(smooth((-left, y - drop), (right, y + drop)))
    return strokes


# Eights.


def open_eight(pen):
    """An 8 that begins at the right and ends before it is closed."""
    end = (pen.between(0.05, 0.25), pen.between(0.1, 0.4))
    return [smooth((pen.between(0.1, 0.28), pen.between(0.02, 0.15)), (-0.03, 0), (-0.24, 0.2), (0, 0.46), (0.27, 0.72), (0, 1), (-0.27, 0.74), (0, 0.48), end)]


def like_b(pen):
    """An 8 with a straight left side, as a B."""
    x, waist = pen.between(0.2, 0.3), pen.between(0.4, 0.52)
    end = (-x + pen.between(0, 0.12), pen.between(0.9, 1))
    bowls = smooth((-x, 0.03), (0.05, 0), (0.2, 0.2), (-0.05, waist), (0.28, 0.7), (0.05, 0.98), end)
    return [smooth((-x, 0), (-x - pen.between(-0.05, 0.08), 0.5), (-x, pen.between(0.85, 1))), bowls]


# Nines.


def like_p(pen):
    """A 9 whose stem is on its left, as that of a P."""
    bowl = pen.between(0.4, 0.6)
    foot = (pen.between(-0.15, 0.1), 1)
    return [smooth((-0.15, bowl * 0.95), (0.1, bowl), (0.27, bowl / 2), (0.05, 0), (-0.17, 0.15), (-0.12, 0.5), foot)]


def open_nine(pen):
    """A 9 that is not closed, or swings back like an S."""
    top = [(pen.between(0.15, 0.28), pen.between(0.02, 0.12)), (0, 0), (-0.26, 0.25), (-0.02, 0.5), (0.2, pen.between(0.3, 0.42))]
    foot = [(0.22, 0.65), (0.1, 0.95), (-pen.between(0.1, 0.35), pen.between(0.85, 1))]
    return [then(smooth(*top), smooth(top[-1], *foot))]


# Noughts.


def nought(pen):
    """A 0 of any width, whose stroke may go on to its right or end within it."""
    wide, begin = pen.between(0.25, 0.55), pen.between(-0.35, -0.1)
    ring = arc((0, 0.5), (wide, 0.5), begin, begin - pen.between(0.95, 1.1))
    if pen.maybe(0.6):
        return [ring]
    out = pen.between(0.05, 0.35) if pen.maybe(0.7) else -pen.between(0.1, 0.3)
    x, y = ring[-1]
    return [then(ring, smooth((x, y), (x + out / 2, y + pen.between(0, 0.1)), (x + out, y + pen.between(-0.1, 0.15))))]


# More: what cheques and European hands have and the styles above lack.


def arched_one(pen):
    """A 1 like an n: its flag is nearly as long as its stem, its top round or pointed."""
    wide, low, lean = pen.between(0.14, 0.36), pen.between(0.75, 1.05), pen.between(-0.12, 0.04)
    if pen.maybe(0.5):
        return [smooth((-wide + lean, low), (-wide * 0.75, 0.35), (-wide * 0.4, 0.04), (-0.02, 0.12), (0.02, 0.5), (0, 1))]
    return [straight((-wide + lean, low), (-0.04, 0), (0, 1))]


def curled_one(pen):
    """A 1 whose flag begins with a curl."""
    x, y, back = pen.between(0.14, 0.34), pen.between(0.2, 0.5), pen.between(0.03, 0.12)
    curl = [(-x + back, y + 0.02), (-x - back / 2, y + 0.06), (-x - back / 2, y - 0.08), (-x + back, y - 0.12)]
    return [then(smooth(*curl, (0, 0)), smooth((0, 0), (pen.between(-0.03, 0.03), 0.5), (0, 1)))]


def seven_with_loop(pen):
    """A 7 whose corner is a loop, with a bar or not, its start bent."""
    left, high, wide = pen.between(0.22, 0.42), pen.between(0.15, 0.4), pen.between(0.04, 0.14)
    start = [(-left - 0.02, high - pen.between(0.1, 0.22))] if pen.maybe(0.6) else []
    corner = [(0.1, high - 0.02), (0.22 + wide, 0.06), (0.2, -0.02), (0.12, 0.12)]
    foot = (pen.between(-0.18, 0.1), 1)
    strokes = [smooth(*start, (-left, high), (-left * 0.4, high + 0.05), *corner, (0.06, 0.45), foot)]
    if pen.maybe(0.6):
        y, drop = pen.between(0.5, 0.72), pen.between(-0.1, 0.05)
        strokes.append(smooth((-pen.between(0.1, 0.3), y - drop), (pen.between(0.2, 0.4), y + drop)))
    return strokes


def checked_one(pen):
    """A 1 that begins low with a short stroke down, as a tick does."""
    x, y = pen.between(0.25, 0.55), pen.between(0.45, 0.95)
    start = (-x - pen.between(0.02, 0.12), y - pen.between(0.08, 0.2))
    return [then(smooth(start, (-x, y), (-x / 3, y / 3), (0, 0)), smooth((0, 0), (pen.between(-0.04, 0.04), 0.5), (0, 1)))]


def round_four(pen):
    """A 4 in one go whose left is round and whose right goes on from the bar, with a foot or not."""
    bar, right = pen.between(0.42, 0.6), pen.between(0.15, 0.3)
    left = smooth((pen.between(-0.05, 0.2), 0), (-0.26, 0.28), (-0.25, bar + 0.08), (0, bar + 0.02))
    foot = [(right + pen.between(0, 0.06), 0.97), (right + pen.between(0.1, 0.2), 0.9)] if pen.maybe(0.5) else [(right - pen.between(0, 0.1), 1)]
    return [then(left, smooth((0, bar + 0.02), (right - 0.03, bar - pen.between(0, 0.08)), (right, bar + 0.2), *foot))]


def four_like_k(pen):
    """A 4 whose right stroke leans to the left and crosses the bar far from its end."""
    bar, end = pen.between(0.45, 0.6), pen.between(0.2, 0.4)
    cup = smooth((pen.between(-0.15, 0.05), 0), (-0.3, bar * 0.8), (-0.16, bar + 0.08), (end, bar - pen.between(0, 0.12)))
    foot = (pen.between(-0.12, 0.15), 1)
    return [cup, smooth((pen.between(0.1, 0.32), pen.between(0.03, 0.2)), (0, bar), (-0.06, 0.85), foot)]


def leaning_five(pen):
    """A 5 whose stem leans so far that its bar begins over its middle."""
    top = pen.between(-0.08, 0.1)
    foot = pen.between(-0.2, -0.05)
    body = then(straight((top, 0.03), (foot, 0.4)), smooth((foot, 0.41), (0.1, 0.4), (0.27, 0.66), (0.05, 0.97), (-0.28, pen.between(0.85, 0.97))))
    return [body, smooth((top - pen.between(0, 0.15), pen.between(0.02, 0.08)), (pen.between(0.25, 0.45), pen.between(-0.04, 0.04)))]


def six_like_g(pen):
    """A 6 like a G: its arc is as high as it is, its ring small or only a hook."""
    wide = pen.between(0.26, 0.46)
    ring = arc((0, 0.5), (wide, 0.5), -pen.between(0.02, 0.2), -pen.between(0.82, 1))
    x, y = ring[-1]
    inner = (x - wide * pen.between(0.5, 1.4), y - pen.between(0, 0.3))
    hook = [(x, y), (x - wide * pen.between(0.05, 0.25), y - pen.between(0.05, 0.2)), inner]
    if pen.maybe(0.5):
        hook.append((inner[0] - wide * pen.between(0, 0.3), inner[1] + pen.between(0.12, 0.3)))
    return [then(ring, smooth(*hook))]


def six_like_c(pen):
    """A 6 like a C, its ring a small hook."""
    end = (pen.between(-0.02, 0.12), pen.between(0.68, 0.88))
    return [smooth((pen.between(0.05, 0.25), pen.between(0, 0.05)), (-0.2, 0.45), (-0.15, 0.9), (0.04, 1), (0.19, 0.87), end)]


def wide_six(pen):
    """A 6 that is nearly all ring, its stem short."""
    wide, tall = pen.between(0.26, 0.42), pen.between(0.27, 0.37)
    ring = arc((0, 1 - tall), (wide, tall), 0.5, pen.between(-0.65, -0.38))
    flick = [(pen.between(-0.08, 0.03), 0.03)] if pen.maybe(0.3) else []
    return [then(smooth((pen.between(0.08, 0.35), 0), *flick, (-wide * 0.55, 1 - 1.85 * tall), (-wide, 1 - tall)), ring)]


def script_seven(pen):
    """A barred 7 like a written y: it begins as a v and its foot is bent."""
    left, low, wide = pen.between(0.2, 0.4), pen.between(0.15, 0.4), pen.between(0.15, 0.35)
    start = [(-left, pen.between(0, 0.1)), (-left + 0.03, low), (-left * 0.2, low + pen.between(-0.03, 0.06)), (wide, pen.between(0, 0.08))]
    foot = [(-0.1, 0.95), (-pen.between(0.2, 0.4), pen.between(0.88, 1))] if pen.maybe(0.5) else [(-pen.between(0, 0.2), 1)]
    y, drop = pen.between(0.5, 0.85), pen.between(-0.1, 0.05)
    bar = smooth((-pen.between(0.15, 0.35), y - drop), (pen.between(0.2, 0.45), y + drop))
    return [then(smooth(*start), smooth(start[-1], (wide * 0.4, 0.45), *foot)), bar]


def curled_nine(pen):
    """A closed 9 whose foot swings far back and up."""
    wide, tall = pen.between(0.16, 0.27), pen.between(0.2, 0.28)
    begin = -pen.between(0, 0.15)
    bowl = arc((0, tall), (wide, tall), begin, begin - pen.between(0.95, 1.05))
    up = pen.between(0.65, 0.92)
    curl = [(-pen.between(0.05, 0.2), pen.between(up - 0.05, up + 0.05))] if pen.maybe(0.4) else []
    foot = [(wide * 0.95, 0.6), (wide * 0.5, 0.9), (-0.1, 1), (-pen.between(0.22, 0.42), up + 0.03), *curl]
    return [then(bowl, smooth(bowl[-1], *foot))]


def ribbon_nine(pen):
    """A 9 whose ring is a loop that crosses itself, as a ribbon's; its foot straight or as an S's."""
    waist, wide = pen.between(0.38, 0.55), pen.between(0.14, 0.26)
    start = (-pen.between(-0.02, 0.3), waist + pen.between(-0.06, 0.05))
    loop = [start, (wide * 0.7, waist - 0.08), (wide, waist * 0.4), (0, 0), (-wide, waist * 0.45), (-wide * 0.3, waist)]
    if pen.maybe(0.5):
        foot = [(pen.between(0.15, 0.27), pen.between(0.68, 0.8)), (0, 1), (-pen.between(0.15, 0.35), pen.between(0.87, 1))]
    else:
        foot = [(pen.between(0.05, 0.25), pen.between(0.65, 0.75)), (pen.between(0, 0.3), 1)]
    return [smooth(*loop, *foot)]


MORE = {
    1: [arched_one, curled_one, checked_one],
    4: [round_four, four_like_k],
    5: [leaning_five],
    6: [six_like_g, six_like_c, wide_six],
    7: [seven_with_loop, script_seven],
    9: [curled_nine, ribbon_nine],
}

STYLES = [
    [nought],
    [flagged, flagged, looped, looped, based],
    [two_with_loops, like_z],
    [three],
    [like_h, like_y, lightning],
    [five, like_s],
    [six],
    [seven],
    [open_eight, like_b],
    [like_p, open_nine],
]


def moved(strokes, random):
    """Bent as a hand bends: moved by a slow wave and by a slant, squeezed, and set in the box."""
    slant, wide = np.tan(np.radians(np.clip(random.normal(8, 13), -30, 40))), random.uniform(0.65, 1.25)
    waves = [(random.normal(0, 0.03), random.uniform(2, 7), random.uniform(0, 6.3)) for _ in range(4)]
    out = []
    for stroke in strokes:
        x, y = (stroke + random.normal(0, 0.02, 2)).T
        x = x + sum(a * np.sin(f * y + p) for a, f, p in waves[:2])
        y = y + sum(a * np.sin(f * x + p) for a, f, p in waves[2:])
        out.append(np.stack([wide * x - slant * (y - 0.5), y], 1))
    every = np.concatenate(out)
    low, high = every.min(0), every.max(0)
    scale = (BOX - 2) / (high - low).max()
    return [(stroke - (low + high) / 2) * scale for stroke in out]


ROWS, COLUMNS = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2


def drawn(strokes, width):
    """The picture of strokes, `[28, 28]`, drawn with a round pen of so many pixels."""
    points = np.concatenate([np.stack([(s[:-1] + (s[1:] - s[:-1]) * t) for t in (0, 1 / 3, 2 / 3)], 1).reshape(-1, 2) for s in strokes])
    away = np.hypot(COLUMNS[..., None] - points[:, 0], ROWS[..., None] - points[:, 1]).min(-1)
    return np.rint(255 * np.clip(width / 2 + 0.5 - away, 0, 1)).astype(np.uint8)


def main():
    out = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 30000
    random = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    pen = Pen(random)
    more = sys.argv[4:] == ["more"]
    labels = random.integers(0, 10, count).astype(np.uint8)
    images = np.empty((count, SIDE, SIDE), np.uint8)
    for i, digit in enumerate(labels):
        styles = STYLES[digit] + (MORE.get(digit, []) if more else [])
        strokes = styles[random.integers(len(styles))](pen)
        images[i] = drawn(moved(strokes, random), random.uniform(1.3, 3.2))
    write(Path(f"{out}-images.gz"), images)
    write(Path(f"{out}-labels.gz"), labels)


if __name__ == "__main__":
    main()
