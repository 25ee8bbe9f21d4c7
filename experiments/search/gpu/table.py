"""What the lines of search.py say, a study a line: `python3 table.py RESULTS.jsonl…`

Mean errors of 10,000 held-out images by averaged and by last weights, the loss of the
first in nats, errors of cvl's 7,000 and numbers-ch's 1,782, and cvl's by digit. Seeds are
averaged within a fold, then folds.
"""

import collections
import json
import sys

DIGITS = [1, 2, 4, 6, 7, 9]


def mean(values):
    values = list(values)
    return sum(values) / len(values)


studies = collections.defaultdict(lambda: collections.defaultdict(list))
for name in sys.argv[1:]:
    for line in open(name):
        run = json.loads(line)
        studies[run["name"]][run["fold"]].append(run)
print(f"{'study':36} runs averaged   last    loss    cvl numbers-ch  cvl's", *DIGITS)
for name, folds in studies.items():
    of = lambda f: mean(mean(map(f, runs)) for runs in folds.values())
    wrong = lambda which, on: of(lambda run: run[which][on]["wrong"])
    digits = [of(lambda run: run["average"]["cvl"]["by_digit"][d]) for d in DIGITS]
    print(
        f"{name:36} {sum(map(len, folds.values())):4} {wrong('average', 'held'):8.1f}"
        f" {wrong('last', 'held'):6.1f} {of(lambda run: run['average']['held']['loss']):.5f}"
        f" {wrong('average', 'cvl'):6.1f} {wrong('average', 'numbers-ch'):10.1f}       ",
        *(f"{digit:.0f}" for digit in digits),
    )
