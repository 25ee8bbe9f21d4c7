"""Numbers read by shuzi and by general OCR on the same pictures.

Of each folder's labels.tsv (columns `file` and `label`) digits alone are compared. General OCR is
asked to recognise the picture as one line, without looking for text on it: these pictures show
little else. A table says how many are read exactly, how many could be accepted by the program's
own score at 1 % wrong, pictures a second with two threads, and the peak of memory. Figures of
these sets are development figures of shuzi's.
"""

import argparse
import csv
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

THREADS = 2


def digits(text):
    return re.sub(r"[^0-9]", "", text or "")


def pictures(folder):
    with open(folder / "labels.tsv", encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(folder / row["file"], digits(row["label"])) for row in rows]


def shuzi(program, files):
    """Text, score and whether it is accepted, of each file; seconds and peak memory in MB."""
    begin = time.monotonic()
    command = [program, "read", "--threads", str(THREADS), "--format", "json", "--files-from", "-"]
    names = "\n".join(str(file) for file in files)
    done = subprocess.run(command, input=names, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begin
    read = {entry["file"]: entry for entry in json.loads(done.stdout)}
    entries = [read.get(str(file), {}) for file in files]
    answers = [(digits(e.get("text")), e.get("confidence", 0.0), e.get("accepted", False)) for e in entries]
    return answers, seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def rapidocr(files):
    """The same by PP-OCR of the wheel: one process of its own, so that memory is its own."""
    begin = time.monotonic()
    done = subprocess.run(
        [sys.executable, __file__, "--worker"], input="\n".join(map(str, files)),
        capture_output=True, text=True, check=True,
    )
    seconds = time.monotonic() - begin
    result = json.loads(done.stdout.splitlines()[-1])
    return [(digits(text), score, None) for text, score in result["answers"]], seconds, result["memory"]


def worker():
    import cv2
    from rapidocr import RapidOCR

    engine = RapidOCR(params={
        "Global.log_level": "error",
        "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
    })
    answers = []
    for name in sys.stdin.read().splitlines():
        image = cv2.imread(name, cv2.IMREAD_COLOR)
        found = engine(image, use_det=False, use_cls=False, use_rec=True)
        text = "".join(found.txts or []) if found.txts else ""
        answers.append((text, float(min(found.scores)) if found.scores else 0.0))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"answers": answers, "memory": memory}))


def tesseract(files):
    """The same by Tesseract, a process a picture."""
    def one(file):
        command = ["tesseract", str(file), "-", "--psm", "7", "-c", "tessedit_char_whitelist=0123456789", "tsv"]
        environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        rows = list(csv.DictReader(done.stdout.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
        words = [row for row in rows if row.get("text") and float(row["conf"]) >= 0]
        score = min((float(row["conf"]) / 100 for row in words), default=0.0)
        return digits("".join(row["text"] for row in words)), score, None

    begin = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(one, files))
    return answers, time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def at_one_percent(answers, labels):
    """The largest share whose least scores leave at most 1 % wrong."""
    pairs = sorted(zip(answers, labels), key=lambda pair: -pair[0][1])
    best = wrong = 0
    for count, ((text, _, _), label) in enumerate(pairs, 1):
        wrong += text != label
        if wrong <= 0.01 * count:
            best = count
    return best / len(pairs)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--shuzi", required=True, metavar="PROGRAM")
    parser.add_argument("--out", type=Path, metavar="FILE.json")
    args = parser.parse_args()
    programs = {"shuzi": lambda files: shuzi(args.shuzi, files), "PP-OCR (rapidocr)": rapidocr}
    if shutil.which("tesseract"):
        programs["Tesseract"] = tesseract
    else:
        print("tesseract is not installed (Debian: tesseract-ocr): it is left out", file=sys.stderr)
    record = []
    print("| pictures | program | exact | accepted at 1 % wrong | pictures/s | MB |")
    print("|---|---|---:|---:|---:|---:|")
    for folder in args.folders:
        files, labels = zip(*pictures(folder))
        for name, read in programs.items():
            answers, seconds, memory = read(files)
            exact = sum(text == label for (text, _, _), label in zip(answers, labels))
            share = at_one_percent(answers, labels)
            print(f"| {folder.name}, {len(files)} | {name} | {100 * exact / len(files):.1f} % | {100 * share:.1f} % "
                  f"| {len(files) / seconds:.1f} | {memory:.0f} |", flush=True)
            record.append({
                "set": folder.name, "n": len(files), "program": name, "exact": exact,
                "accepted_at_one_percent": share, "seconds": seconds, "memory_mb": memory,
                "answers": [[str(file.name), label, text, score] for file, label, (text, score, _) in zip(files, labels, answers)],
            })
    if args.out:
        args.out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    worker() if sys.argv[1:] == ["--worker"] else main()
