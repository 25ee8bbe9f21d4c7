"""Draws 400 digits of each of pen.py's styles, as STYLE-images.gz and STYLE-labels.gz.

    python3 styles.py OUT
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2] / "reader-lines"))
import pen
from hands import write

COUNT = 400


def main():
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(77)
    by = pen.Pen(random)
    for digit, styles in enumerate(pen.STYLES):
        for style in styles + pen.MORE.get(digit, []):
            drawn = [pen.drawn(pen.moved(style(by), random), random.uniform(1.3, 3.2)) for _ in range(COUNT)]
            write(out / f"{style.__name__}-images.gz", np.stack(drawn))
            write(out / f"{style.__name__}-labels.gz", np.full(COUNT, digit, np.uint8))


if __name__ == "__main__":
    main()
