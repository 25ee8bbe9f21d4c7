#!/usr/bin/env python3
"""Compares what two builds of shuzi read, image by image.

    benchmarks/compare_readings.py [--tolerance T] OLD NEW

OLD and NEW are JSON files of `shuzi read --format json`, folders of such
files, or lines of JSON as `shuzi read --out` writes them. Files are paired by
name, images by their path below the folder that holds all of a file. Keys that
were renamed are read by either name. Numbers may differ by --tolerance; where the order of two
equally likely candidates changes, only their probabilities count. Exit 1 if
anything else differs.
"""

import argparse
import json
import math
import os
import sys
from pathlib import Path

# Old name: new name.
RENAMED = {"refused": "reasons"}

# Sentences for people: what they say stands in other keys.
IGNORED = {"message"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path)
    parser.add_argument("--tolerance", type=float, default=0.0, help="of numbers")
    parser.add_argument("--show", type=int, default=20, help="differences to print")
    return parser.parse_args()


def records(path):
    """The readings of a file by image and page."""
    text = path.read_text()
    if path.suffix == ".jsonl":
        read = [json.loads(line) for line in text.splitlines() if line]
    else:
        read = json.loads(text)
    files = [record["file"] for record in read]
    folder = os.path.commonpath([os.path.dirname(file) for file in files]) if files else ""
    names = (os.path.relpath(file, folder or ".") for file in files)
    return {(name, record.get("page")): record for name, record in zip(names, read)}


def renamed(value):
    """Keys by their new names, those for people left out."""
    if isinstance(value, dict):
        pairs = ((RENAMED.get(key, key), renamed(inner)) for key, inner in value.items())
        return {key: inner for key, inner in pairs if key not in IGNORED}
    if isinstance(value, list):
        return [renamed(inner) for inner in value]
    return value


def differences(old, new, tolerance, at=""):
    """What differs between two values, as sentences."""
    if at.endswith(".file"):
        return
    if at.endswith(".candidates") and tolerance:
        old, new = ([p for _, p in pairs] for pairs in (old, new))
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key in old and key in new:
                yield from differences(old[key], new[key], tolerance, f"{at}.{key}")
            else:
                yield f"{at}.{key}: only {'before' if key in old else 'after'}"
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{at}: {len(old)} and {len(new)} items"
        for index, (a, b) in enumerate(zip(old, new)):
            yield from differences(a, b, tolerance, f"{at}[{index}]")
    elif isinstance(old, float) and isinstance(new, float):
        if not (abs(old - new) <= tolerance or math.isclose(old, new, rel_tol=tolerance)):
            yield f"{at}: {old} and {new}"
    elif old != new:
        yield f"{at}: {old!r} and {new!r}"


def pairs(old, new):
    """Files of both sides, those of folders by name."""
    if old.is_dir() != new.is_dir():
        sys.exit("expected two files or two folders")
    if not old.is_dir():
        return [(old, new)]
    names = {path.name for side in (old, new) for path in side.glob("*.json*")}
    return [(old / name, new / name) for name in sorted(names)]


def main():
    args = arguments()
    wrong = 0
    for old, new in pairs(args.old, args.new):
        missing = [path for path in (old, new) if not path.exists()]
        if missing:
            sys.exit(f"{missing[0]} is missing")
        before, after = records(old), records(new)
        differing = 0
        for key in sorted(before.keys() | after.keys(), key=str):
            sides = [renamed(side.get(key)) for side in (before, after)]
            found = list(differences(*sides, args.tolerance))
            differing += bool(found)
            for line in found[: max(0, args.show - wrong)]:
                print(f"{key[0]}{line}")
            wrong += len(found)
        print(f"{new.name}: {len(before)} images, {differing} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
