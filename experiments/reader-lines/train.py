"""Trains the reader's network on whole lines: the digits of a number are right if the number
is, however its strokes are cut (the discriminative training of LeCun et al., 1998, section VI).

    python3 train.py DATA --from MODEL --out MODEL --seconds N

DATA is what `hands.py` and `shuzi data lines` lay together: `lines*.safetensors`, which may
still be coming while this runs, and the single digits. Of every line the loss is the
logarithm of the probability of its number, the sum over all ways that give it, against all
ways there are; beside it the cross-entropy of single digits and of what is none.
"""

import argparse
import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [str(REPOSITORY / "benchmarks"), str(REPOSITORY / "experiments/search/gpu")]
from distort import Distortion, idx  # noqa: E402
from network import Builder  # noqa: E402

NONE = 10
LEAST = 1e-5  # crates/shuzi-reader/src/evidence.rs
LOW = -1e30  # logarithm of what cannot be
# Longer lines are left out.
MOST_PLACES = 40
MOST_ARCS = 120
MOST_DIGITS = 12
LINES = 128  # in a batch at most
# What of the evidence the network says.
OF_NETWORK = [
    "digit: ln p of the network",
    "digit: ln p of no digit",
    "none: ln p of the network",
    "none: ln p of the likeliest digit",
]
# Of the distortion, see search.py.
LIMITS = {
    "rotation": 12.0,
    "zoom": 0.16,
    "shear": 10.0,
    "shift": 2.5,
    "elastic": 0.63,
    "grid": 5,
    "sharpness": 0.5,
}


class Recording(Builder):
    """Remembers which module holds which weights."""

    def __init__(self, weights):
        super().__init__(weights)
        self.holders = {}

    def load(self, module, path):
        super().load(module, path)
        self.holders[path] = module


class Model:
    """The network of `config`, or of the directory's own, with its weights or `fresh` ones."""

    def __init__(self, directory, device, config=None, fresh=False):
        directory = Path(directory)
        self.config = config or json.loads((directory / "config.json").read_text())
        architecture = self.config["architecture"]
        self.names = load_file(directory / "model.safetensors")
        builder = Recording(None if fresh else self.names)
        size = architecture["input"]
        shape = (size["channels"], size["height"], size["width"])
        self.module, _ = builder.sequence(architecture["layers"], shape)
        self.holders = builder.holders
        self.module.to(device)

    def save(self, directory):
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "config.json").write_text(json.dumps(self.config, indent=2) + "\n")
        out = {}
        for name in self.names:
            path, key = name.rsplit(".", 1)
            value = self.holders[path].state_dict()[key]
            out[name] = value.detach().float().cpu().contiguous()
        save_file(out, directory / "model.safetensors")


class Lines:
    """Lines in columns; arcs and places counted within each line."""

    def __init__(self, device, empty=1.0):
        self.device, self.empty, self.parts, self.seen = device, empty, [], set()
        self.columns = None

    def look(self, folder):
        """Takes in the files that are new."""
        new = sorted(set(folder.glob("lines*.safetensors")) - self.seen)
        for path in new:
            self.seen.add(path)
            self.parts.append(self.part(path))
        if new:
            self.join()
        return bool(new)

    def part(self, path):
        t = {name: value.numpy() for name, value in load_file(path).items()}
        with safe_open(path, "np") as file:
            names = file.metadata()["features"].split("\n")
        self.weights = [float(t["weights"][names.index(name)]) for name in OF_NETWORK]
        n = len(t["arcs"])
        starts = np.concatenate([[0], np.cumsum(t["arcs"])])[:-1]
        ends_at = np.concatenate([[0], np.cumsum(t["lengths"])])[:-1]
        truth = np.zeros((n, MOST_DIGITS), np.int64)
        for place in range(MOST_DIGITS):
            has = t["lengths"] > place
            truth[has, place] = t["digits"][np.minimum(ends_at + place, len(t["digits"]) - 1)][has]
        line = np.repeat(np.arange(n), t["arcs"])
        own = np.arange(len(line)) - starts[line]
        sides = []
        for side in (1, 0):  # arcs into each place, and out of it
            order = np.lexsort((own, t["ends"][:, side], line))
            key = line[order] * 10_000 + t["ends"][order, side]
            first = np.concatenate([[True], key[1:] != key[:-1]])
            begin = np.maximum.accumulate(np.where(first, np.arange(len(key)), 0))
            rank = np.empty(len(key), np.int64)
            rank[order] = np.arange(len(key)) - begin
            sides.append(rank)
        good = (t["places"] <= MOST_PLACES) & (t["arcs"] <= MOST_ARCS) & (t["lengths"] <= MOST_DIGITS)
        good &= (t["lengths"] > 0) | (np.random.default_rng(n).random(n) < self.empty)
        for rank in sides:
            most = np.zeros(n, np.int64)
            np.maximum.at(most, line, rank)
            good &= most < 8
        return {
            "crops": torch.from_numpy(t["crops"]),
            "ends": torch.from_numpy(t["ends"].astype(np.int64)),
            "evidence": torch.from_numpy(t["evidence"]),
            "in": torch.from_numpy(sides[0]),
            "out": torch.from_numpy(sides[1]),
            "starts": torch.from_numpy(starts[good]),
            "arcs": torch.from_numpy(t["arcs"].astype(np.int64)[good]),
            "places": torch.from_numpy(t["places"].astype(np.int64)[good]),
            "lengths": torch.from_numpy(t["lengths"].astype(np.int64)[good]),
            "truth": torch.from_numpy(truth[good]),
        }

    def join(self):
        at, parts = 0, []
        for part in self.parts:
            parts.append({**part, "starts": part["starts"] + at})
            at += len(part["crops"])
        self.columns = {k: torch.cat([p[k] for p in parts]).to(self.device) for k in parts[0]}
        self.counts = self.columns["arcs"].cpu().numpy()

    def batches(self, arcs, random):
        """Indices of lines that have `arcs` arcs together at most, again and again."""
        order = random.permutation(len(self.counts))
        batch, total = [], 0
        for line in order:
            if batch and (total + self.counts[line] > arcs or len(batch) == LINES):
                yield batch
                batch, total = [], 0
            batch.append(line)
            total += self.counts[line]


class Batch:
    """Some lines, padded: `LINES` lines of `MOST_PLACES` places."""

    def __init__(self, lines, which, device):
        c = lines.columns
        which = torch.as_tensor(np.array(which), device=device)
        self.n = len(which)
        counts, starts = c["arcs"][which], c["starts"][which]
        self.line = torch.repeat_interleave(torch.arange(self.n, device=device), counts)
        begin = torch.cumsum(counts, 0) - counts
        arc = starts[self.line] + torch.arange(len(self.line), device=device) - begin[self.line]
        self.crops = c["crops"][arc]
        self.evidence = c["evidence"][arc]
        self.origin, self.to = c["ends"][arc].unbind(1)
        self.truth, self.lengths = c["truth"][which], c["lengths"][which]
        self.last = c["places"][which] - 1
        n, arcs = self.n, len(self.line)
        self.tables = []
        for place, rank in ((self.to, c["in"][arc]), (self.origin, c["out"][arc])):
            table = torch.full((n, MOST_PLACES, 8), arcs, device=device)  # `arcs`: no arc
            table[self.line, place, rank] = torch.arange(arcs, device=device)
            self.tables.append(table)

    @torch.no_grad()
    def posteriors(self, digit, none):
        """How much likelier each arc's answers are on all ways than on those that give the
        truth, `[arcs, 11]`, and the logarithm of the truth's probability, `[lines]`."""
        device, n, arcs = digit.device, self.n, len(self.line)
        rows = torch.arange(n, device=device)
        spelled = digit.gather(1, self.truth[self.line])  # of the truth's k-th digit
        beyond = torch.arange(MOST_DIGITS, device=device) >= self.lengths[self.line, None]
        spelled = spelled.masked_fill(beyond, LOW)
        pad = lambda t: torch.cat([t, torch.full_like(t[:1], LOW)])
        spelled, dull = pad(spelled), pad(none)
        every = pad(torch.logaddexp(digit.logsumexp(1), none))
        low = lambda *shape: torch.full(shape, LOW, device=device)
        forward, backward = low(n, MOST_PLACES, MOST_DIGITS + 1), low(n, MOST_PLACES, MOST_DIGITS + 1)
        forward[:, 0, 0] = 0
        backward[rows, self.last, self.lengths] = 0
        ahead, back = low(n, MOST_PLACES), low(n, MOST_PLACES)
        ahead[:, 0] = 0
        back[rows, self.last] = 0
        # A place that is not there: of no arc, all its weights are low.
        origin, to = torch.cat([self.origin, self.origin[:1] * 0]), torch.cat([self.to, self.to[:1] * 0])
        r = rows[:, None]
        places = int(self.last.max()) + 1
        nothing = low(n, 8, 1)
        for place in range(1, places):
            at = self.tables[0][:, place]
            before = origin[at]
            ahead[:, place] = (ahead[r, before] + every[at]).logsumexp(1)
            ways = forward[r, before]
            read = torch.cat([nothing, ways[..., :-1] + spelled[at]], 2)
            forward[:, place] = torch.logaddexp(ways + dull[at].unsqueeze(2), read).logsumexp(1)
        for place in range(places - 2, -1, -1):
            at = self.tables[1][:, place]
            after = to[at]
            value = (back[r, after] + every[at]).logsumexp(1)
            back[:, place] = torch.where(place == self.last, back[:, place], value)
            ways = backward[r, after]
            read = torch.cat([ways[..., 1:] + spelled[at], nothing], 2)
            value = torch.logaddexp(ways + dull[at].unsqueeze(2), read).logsumexp(1)
            backward[:, place] = torch.where((place == self.last)[:, None], backward[:, place], value)
        total, right = back[:, 0], backward[:, 0, 0]
        line = self.line
        outer = ahead[line, self.origin] + back[line, self.to] - total[line]
        all_ways = torch.cat([digit, none[:, None]], 1).add(outer[:, None]).exp()
        a, b = forward[line, self.origin], backward[line, self.to]
        z = right[line, None]
        read = (a[:, :-1] + spelled[:-1] + b[:, 1:] - z).exp()
        dull_way = (a + none[:, None] + b - z).exp().sum(1)
        true_ways = torch.zeros_like(digit).scatter_add(1, self.truth[line], read)
        true_ways = torch.cat([true_ways, dull_way[:, None]], 1)
        return all_ways - true_ways, right - total


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--from", dest="start", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--rate", type=float, default=5e-4)
    parser.add_argument("--decay", type=float, default=0.02)
    parser.add_argument("--arcs", type=int, default=1536)
    parser.add_argument("--singles", type=int, default=512)
    parser.add_argument("--share", type=float, default=0.5, help="weight of single digits")
    parser.add_argument("--stay", type=float, default=0.0, help="weight of what the weights it begins with say")
    parser.add_argument("--strength", type=float, default=0.7, help="most distortion of a line")
    parser.add_argument("--thickness", type=float, default=0.0)
    parser.add_argument("--empty", type=float, default=1.0, help="share of lines without a digit")
    parser.add_argument("--none", type=int, default=30_000, help="single pieces that are none")
    parser.add_argument("--hope", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()
    device, begin = args.device, time.time()
    torch.manual_seed(args.seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    generator = torch.Generator(device).manual_seed(args.seed)
    random = np.random.default_rng(args.seed)
    model = Model(args.start, device)
    module = model.module
    module.to(memory_format=torch.channels_last)
    if args.stay > 0:
        before = Model(args.start, device).module.eval().to(memory_format=torch.channels_last)
    distort = Distortion({**LIMITS, "thickness": args.thickness}, generator, device)
    single = [(idx(p), idx(Path(str(p).replace("images", "labels")))) for p in sorted(args.data.glob("single*-images.gz"))]
    pixels = torch.cat([p for p, _ in single]).to(device)
    labels = torch.cat([l for _, l in single]).long().to(device)
    kept = torch.ones(len(labels), dtype=torch.bool, device=device)
    kept[(labels == NONE).nonzero()[args.none :, 0]] = False
    pixels, labels = pixels[kept], labels[kept]
    lines = Lines(device, args.empty)
    while not lines.look(args.data):
        if time.time() - begin > args.seconds:
            sys.exit(f"no lines in {args.data}")
        time.sleep(1)
    parameters = list(module.parameters())
    optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": args.decay},
            {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
        ],
        lr=args.rate, fused=device == "cuda",
    )
    averaged = [p.detach().clone() for p in parameters]
    total = args.arcs + args.singles
    w_digit, w_none, n_none, n_best = lines.weights

    def logits(images, network=module):
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device, torch.bfloat16):
            return network(images).float()

    def answers(batch, rows):
        log = (rows.softmax(1) + LEAST).log()
        evidence = batch.evidence
        digit = w_digit * log[:, :NONE] + w_none * log[:, NONE:] + evidence[:, :NONE]
        none = n_none * log[:, NONE] + n_best * log[:, :NONE].amax(1) + evidence[:, NONE]
        return digit, none

    step, told, arcs_seen, sums = 0, begin, 0, []
    looked = time.time()
    while True:
        for which in lines.batches(args.arcs, random):
            passed = (time.time() - begin) / args.seconds
            if passed >= 1 or time.time() - looked > 20:
                break
            batch = Batch(lines, which, device)
            arcs = len(batch.line)
            chosen = torch.randint(len(labels), (total - arcs,), device=device, generator=generator)
            line_strength = args.strength * torch.rand(batch.n, device=device, generator=generator)
            strength = torch.cat([line_strength[batch.line], torch.ones(total - arcs, device=device)])
            with torch.no_grad():
                images = distort(torch.cat([batch.crops, pixels[chosen]]).float() / 255, strength)
            rows = logits(images)
            digit, none = answers(batch, rows[:arcs])
            surplus, log = batch.posteriors(digit, none)
            p = log.exp()
            surplus = surplus * (p / (p + args.hope))[batch.line, None]
            # Its gradient is that of the mean negative log-likelihood.
            surrogate = (surplus * torch.cat([digit, none[:, None]], 1)).sum() / batch.n
            apart = F.cross_entropy(rows[arcs:], labels[chosen])
            loss = surrogate + args.share * apart
            if args.stay > 0:
                with torch.no_grad():
                    said = logits(images, before).softmax(1)
                loss = loss + args.stay * F.cross_entropy(rows, said)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            rate = args.rate * min((step + 1) / 200, 1) * (0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * passed)))
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
            keep = min(0.999, (1 + step) / (10 + step))
            torch._foreach_lerp_(averaged, [p.detach() for p in parameters], 1 - keep)
            step += 1
            arcs_seen += arcs
            if step % 20 == 0:
                sums.append(torch.stack([-log.mean(), (log > math.log(0.5)).float().mean(), apart.detach()]))
            if time.time() - told > 15:
                told = time.time()
                mean = torch.stack(sums).mean(0).tolist() if sums else [0, 0, 0]
                sums = []
                print(f"{told - begin:.0f} s, {step} steps, {len(lines.counts)} lines, {arcs_seen} arcs: "
                      f"loss {mean[0]:.4f}, sure of the truth {mean[1]:.4f}, singles {mean[2]:.4f}", flush=True)
        if passed >= 1:
            break
        lines.look(args.data)
        looked = time.time()
    # The averaged weights, with statistics of what is not distorted.
    with torch.no_grad():
        for p, value in zip(parameters, averaged):
            p.copy_(value)
        norms = [m for m in module.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        for _, which in zip(range(12), lines.batches(args.arcs, random)):
            batch = Batch(lines, which, device)
            chosen = torch.randint(len(labels), (total - len(batch.line),), device=device, generator=generator)
            module(torch.cat([batch.crops, pixels[chosen]]).unsqueeze(1).float() / 255)
        module.eval()
    model.save(args.out)
    print(f"{time.time() - begin:.0f} s, {step} steps, {arcs_seen} arcs, {len(lines.seen)} files: {args.out}")


if __name__ == "__main__":
    main()
