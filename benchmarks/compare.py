"""Times shuzi and its peers in turns and prints a Markdown table.

    benchmarks/run [--rounds N] [--threads N] [--out FILE]

Every round times each contender once, in the same order; a figure is the
median over the rounds of the median time of a step within a round.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 1.5  # of one contender in one round


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="raw figures as JSON")
    parser.add_argument("--only", help="cases whose name contains this")
    return parser.parse_args()


ARGS = arguments()
os.environ["OMP_NUM_THREADS"] = str(ARGS.threads)

import torch  # noqa: E402  after the environment is set

import peers  # noqa: E402

torch.set_num_threads(ARGS.threads)


def built(program, workspace):
    """What cargo built there."""
    return Path(os.environ.get("CARGO_TARGET_DIR", workspace / "target")) / "release" / program


SHUZI = built("shuzi", ROOT)
BURN = built("shuzi-burn-peer", ROOT / "benchmarks" / "burn")


def timed(step):
    """Median milliseconds of a step, over some seconds."""

    def run():
        times = []
        end = time.perf_counter() + SECONDS
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            step()
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)

    for _ in range(2):
        step()
    return run


def shuzi(model, batch, train):
    command = [SHUZI, "bench", "--format", "json", "--model", model, "--batch", str(batch)]
    command += ["--threads", str(ARGS.threads)] + (["--train"] if train else [])

    def run():
        output = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(output.stdout)["ms_median"]

    return run


def burn(model, batch):
    """Its process waits between the rounds."""
    process = subprocess.Popen(
        [BURN, model / "config.json", str(batch)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"RAYON_NUM_THREADS": str(ARGS.threads)},
    )

    def line():
        text = process.stdout.readline()
        if not text:
            raise RuntimeError("burn's process ended")
        return text

    line()

    def run():
        process.stdin.write("\n")
        process.stdin.flush()
        return float(line())

    return run


def cases():
    """Name, model, batch, whether training, what makes the contenders' runs."""
    folder = Path(tempfile.mkdtemp())
    for name in ["improved-alexnet", "alexnet", "lenet5"]:
        model = folder / name
        # Fresh weights take as long as trained ones.
        subprocess.run([SHUZI, "export", name, "--to", "config", "--out", model],
                       check=True, capture_output=True)
        for batch in [32, 128] if name == "improved-alexnet" else [32]:
            contenders = {
                "PyTorch eager": lambda m=model, b=batch: timed(peers.torch_train(m, b, False)),
                "PyTorch compiled": lambda m=model, b=batch: timed(peers.torch_train(m, b, True)),
            }
            if name == "improved-alexnet":
                contenders["burn (flex)"] = lambda m=model, b=batch: burn(m, b)
            yield f"{name}, training, batch {batch}", model, batch, True, contenders
    model = folder / "improved-alexnet"
    for batch in [1, 32, 256]:
        yield f"improved-alexnet, recognition, batch {batch}", model, batch, False, {
            "ONNX Runtime": lambda b=batch: timed(peers.onnxruntime_infer(model, b, ARGS.threads)),
            "OpenVINO": lambda b=batch: timed(peers.openvino_infer(model, b, ARGS.threads)),
            "PyTorch eager": lambda b=batch: timed(peers.torch_infer(model, b, False)),
            "PyTorch compiled": lambda b=batch: timed(peers.torch_infer(model, b, True)),
        }


def processor():
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    raw = {
        "processor": processor(),
        "threads": ARGS.threads,
        "rounds": ARGS.rounds,
        "python": platform.python_version(),
        "versions": {"torch": torch.__version__},
        "cases": {},
    }
    lines = ["| case | contender | median ms | images/s | shuzi's time / its time |",
             "|---|---|---:|---:|---:|"]
    for name, model, batch, train, makers in cases():
        if ARGS.only and ARGS.only not in name:
            continue
        contenders = {"shuzi": shuzi(model, batch, train)}
        for peer, make in makers.items():
            contenders[peer] = make()
        times = {contender: [] for contender in contenders}
        for turn in range(ARGS.rounds):
            for contender, run in contenders.items():
                times[contender].append(run())
            print(f"{name}: round {turn + 1} of {ARGS.rounds}", file=sys.stderr)
        raw["cases"][name] = times
        ours = statistics.median(times["shuzi"])
        for contender, values in times.items():
            median = statistics.median(values)
            ratio = "" if contender == "shuzi" else f"{ours / median:.2f}"
            lines.append(f"| {name} | {contender} | {median:.2f} | {batch * 1e3 / median:.0f} | {ratio} |")
    print("\n".join(lines))
    if ARGS.out:
        ARGS.out.write_text(json.dumps(raw, indent=1) + "\n")


main()
