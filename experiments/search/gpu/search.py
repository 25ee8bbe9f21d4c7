"""Searches recipes on a GPU: many short runs side by side, by PyTorch, of the network and
the distortions of shuzi. It chooses; the figures that count come from `shuzi train`.

    python3 search.py DATA STUDIES.json OUT.jsonl

DATA is what `data.sh` lays together. STUDIES is a list of objects: a name and what differs
from BASE. Every study is run on fold after fold: of six parts of the training images one is
held out and never trained on. Each run writes a line: errors on what is held out and on
other hands, of averaged and of last weights. MNIST's test set is not read.
"""

import argparse
import copy
import json
import math
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

REPOSITORY = Path(__file__).parents[3]
sys.path.insert(0, str(REPOSITORY / "benchmarks"))
from distort import Distortion, idx  # noqa: E402
from network import load  # noqa: E402

FOLDS = 6
POOLS = {"up": (1, 8), "curled": (9, 8), "mirrored": (9, 1)}
BASE = {
    "epochs": 15,
    "batch": 128,
    "rate": 2e-3,
    "warm_up": 400,
    "last_share": 1e-3,
    "decay": 0.01,
    "momentum": None,  # of plain descent, in place of Adam
    "average": 0.999,
    "smoothing": 0.0,
    "dropout": 0.0,
    "clean": 1,
    "rotation": 12.0,
    "zoom": 0.13,
    "shear": 10.0,
    "shift": 2.5,
    "elastic": 0.63,
    "grid": 5,
    "up": 0.4,
    "curled": 0.0,
    "mirrored": 0.0,
    "sharpness": 0.0,
    "thickness": 0.0,
    "erase": 0.0,
    "scale": 1.0,  # of the residual block
    "teachers": 0,  # seeds of study "base" whose mean answer is taught, too
    "taught": 0.5,  # share of it beside the label
    "seed": 0,
}


class Data:
    """Images in one bank: MNIST's, then the pools."""

    def __init__(self, folder, device, few):
        bank = [idx(folder / "train-images-idx3-ubyte.gz")]
        self.labels = idx(folder / "train-labels-idx1-ubyte").long().to(device)
        self.rank = torch.zeros(60000, dtype=torch.long, device=device)
        for digit in range(10):
            of = (self.labels == digit).nonzero()[:, 0]
            self.rank[of] = torch.arange(len(of), device=device)
        self.pools, start = {}, 60000
        for name in POOLS:
            bank.append(idx(folder / f"{name}.gz"))
            self.pools[name] = start
            start += len(bank[-1])
        self.bank = torch.cat(bank).to(device)
        order = torch.randperm(60000, generator=torch.Generator().manual_seed(1))
        self.folds = order.view(FOLDS, -1).to(device)
        if few:
            self.folds = self.folds[:, :500]
        self.others = {}
        for name in ["cvl", "numbers-ch", "drawn"]:
            images = idx(folder / f"{name}-images.gz").to(device)
            labels = idx(folder / f"{name}-labels.gz").long().to(device)
            self.others[name] = (images[:300], labels[:300]) if few else (images, labels)


class Dropout(nn.Module):
    """With a generator of its own, which a graph can replay."""

    def __init__(self, rate, generator):
        super().__init__()
        self.rate, self.generator = rate, generator

    def forward(self, x):
        if not self.training or self.rate == 0:
            return x
        keep = torch.rand(x.shape, device=x.device, generator=self.generator) >= self.rate
        return x * keep / (1 - self.rate)


class Run:
    def __init__(self, study, fold, data, device, teachers):
        self.study = {**BASE, **study}
        self.fold, self.data, self.device, self.teachers = fold, data, device, teachers
        s = self.study
        self.generator = torch.Generator(device).manual_seed(100 * s["seed"] + fold)
        torch.manual_seed(100 * s["seed"] + fold)
        self.module, _, _ = load(REPOSITORY / "models" / "improved-alexnet")
        for part in self.module.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.reset_parameters()
            if isinstance(part, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(part.weight)
                if part.bias is not None:
                    nn.init.zeros_(part.bias)
            if hasattr(part, "scale"):
                part.scale = s["scale"]
        for i, part in enumerate(self.module):
            if isinstance(part, nn.Dropout):
                self.module[i] = Dropout(s["dropout"], self.generator)
        self.module.to(device)
        parts = list(self.module.parameters())
        parts.sort(key=lambda p: p.dim() < 2)  # kernels and matrices first: they decay
        self.decaying = sum(p.numel() for p in parts if p.dim() > 1)
        self.flat = torch.cat([p.detach().reshape(-1) for p in parts])
        self.gradient = torch.zeros_like(self.flat)
        at = 0
        for p in parts:
            p.data = self.flat[at : at + p.numel()].view_as(p)
            p.grad = self.gradient[at : at + p.numel()].view_as(p)
            at += p.numel()
        self.mean, self.square = torch.zeros_like(self.flat), torch.zeros_like(self.flat)
        self.ema = self.flat.clone()
        held = data.folds[fold]
        train = torch.cat([data.folds[f] for f in range(FOLDS) if f != fold])
        self.train_on, self.held = train, held
        each = len(train) // s["batch"]
        self.steps = each * s["epochs"]
        orders = [
            train[torch.randperm(len(train), device=device, generator=self.generator)][
                : each * s["batch"]
            ]
            for _ in range(s["epochs"])
        ]
        self.order = torch.cat(orders).view(self.steps, s["batch"])
        rates = []
        for step in range(self.steps):
            if step < s["warm_up"]:
                rates.append((step + 1) / s["warm_up"])
                continue
            part = (step - s["warm_up"]) / max(self.steps - s["warm_up"] - 1, 1)
            rates.append(
                s["last_share"] + (1 - s["last_share"]) * 0.5 * (1 + math.cos(math.pi * part))
            )
        self.rates = s["rate"] * torch.tensor(rates, device=device)
        self.distorted = (torch.arange(self.steps, device=device) < each * (s["epochs"] - s["clean"])).float()
        self.step = torch.zeros(1, dtype=torch.long, device=device)
        self.distortion = Distortion(s, self.generator, device)
        self.done = 0

    def images(self, which, labels, on):
        s, n = self.study, len(which)
        source = which
        for name, (digit, copies) in POOLS.items():
            if s[name] == 0:
                continue
            other = self.data.rank[which] * copies + (self.distortion.random(n) * copies).long()
            # A 9 that is mirrored is not curled, too.
            change = (labels == digit) & (self.distortion.random(n) < s[name] * on) & (source == which)
            source = torch.where(change, self.data.pools[name] + other, source)
        images = self.data.bank[source].float() / 255
        images = self.distortion(images, on)
        if s["erase"]:
            size = (4 + 6 * self.distortion.random(n, 1, 1, 1)) * (self.distortion.random(n, 1, 1, 1) < s["erase"] * on)
            middle = 22 * self.distortion.random(n, 1, 1, 2) - 11
            inside = ((self.distortion.axes - middle).abs() < size[..., :1] / 2).all(-1)
            images = images * ~inside.view(n, 1, 28, 28)
        return images

    def logits(self, module, images):
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, self.device == "cuda", cache_enabled=False):
            return module(images).float()

    def one(self):
        s = self.study
        which = self.order[self.step][0]
        labels = self.data.labels[which]
        with torch.no_grad():
            images = self.images(which, labels, self.distorted[self.step])
        logits = self.logits(self.module, images)
        if self.teachers:
            with torch.no_grad():
                taught = sum(F.softmax(self.logits(teacher, images), -1) for teacher in self.teachers)
                taught /= len(self.teachers)
                truth = F.one_hot(labels, 10)
                target = s["taught"] * taught + (1 - s["taught"]) * truth
            loss = -(target * F.log_softmax(logits, -1)).sum(-1).mean()
        else:
            loss = F.cross_entropy(logits, labels, label_smoothing=s["smoothing"])
        self.gradient.zero_()
        loss.backward()
        with torch.no_grad():
            self.update()

    def update(self):
        s, g = self.study, self.gradient
        rate = self.rates[self.step]
        self.flat[: self.decaying].mul_(1 - rate * s["decay"])
        if s["momentum"] is None:
            self.mean.lerp_(g, 0.1)
            self.square.lerp_(g * g, 0.001)
            t = (self.step + 1).float()
            mean = self.mean / (1 - torch.pow(0.9, t))
            square = self.square / (1 - torch.pow(0.999, t))
            self.flat.sub_(rate * mean / (square.sqrt() + 1e-8))
        else:
            self.mean.mul_(s["momentum"]).add_(g)
            self.flat.sub_(rate * self.mean)
        keep = ((1.0 + self.step) / (10.0 + self.step)).clamp(max=s["average"])
        self.ema.add_((1 - keep) * (self.flat - self.ema))
        self.step += 1

    def capture(self):
        saved = [t.clone() for t in (self.flat, self.mean, self.square, self.ema)]
        self.stream = torch.cuda.Stream()
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(2):
                self.one()
            self.stream.synchronize()
            self.graph = torch.cuda.CUDAGraph()
            self.graph.register_generator_state(self.generator)
            with torch.cuda.graph(self.graph, stream=self.stream):
                self.one()
            for to, value in zip((self.flat, self.mean, self.square, self.ema), saved):
                to.copy_(value)
            self.step.zero_()

    def advance(self):
        if self.device == "cuda":
            with torch.cuda.stream(self.stream):
                self.graph.replay()
        else:
            self.one()
        self.done += 1

    @torch.no_grad()
    def settle(self):
        """Takes the statistics of batch normalisation anew, on undistorted images."""
        norms = [m for m in self.module.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None
        self.module.train()
        for which in self.train_on[:9984].split(128):
            self.module(self.data.bank[which].unsqueeze(1).float() / 255)
        self.module.eval()

    @torch.no_grad()
    def measure(self, images, labels):
        logits = torch.cat(
            [self.module(part.unsqueeze(1).float() / 255) for part in images.split(2000)]
        )
        wrong = logits.argmax(1) != labels
        return {
            "wrong": int(wrong.sum()),
            "loss": round(F.cross_entropy(logits, labels).item(), 5),
            "by_digit": torch.bincount(labels[wrong], minlength=10).tolist(),
        }

    def results(self):
        out = {"name": self.study["name"], "fold": self.fold, "seed": self.study["seed"]}
        for which, values in [("last", self.flat.clone()), ("average", self.ema)]:
            self.flat.copy_(values)
            self.settle()
            out[which] = {"held": self.measure(self.data.bank[self.held], self.data.labels[self.held])}
            for name, (images, labels) in self.data.others.items():
                out[which][name] = self.measure(images, labels)
        return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("studies", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seconds", type=float, default=1e9, help="start no run after these")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--beside", type=int, default=6, help="runs side by side")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--few", action="store_true", help="few images, to try the program")
    args = parser.parse_args()
    start = time.time()
    torch.backends.cudnn.benchmark = True
    data = Data(args.data, args.device, args.few)
    studies = json.loads(args.studies.read_text())
    jobs = []
    for fold in range(args.folds):
        for study in studies:
            seeds = range(study.get("seeds", 1)) if fold < study.get("folds", FOLDS) else []
            rest = {key: study[key] for key in study if key not in ("seeds", "folds")}
            jobs += [({**rest, "seed": seed}, fold) for seed in seeds]
    teachers, running = {}, []

    def ready(study, fold):
        n = study.get("teachers", 0)
        return all((fold, seed) in teachers for seed in range(n))

    with args.out.open("w") as out:
        while jobs or running:
            while jobs and len(running) < args.beside and time.time() - start < args.seconds:
                job = next((j for j in jobs if ready(*j)), None)
                if job is None:
                    break
                jobs.remove(job)
                study, fold = job
                taught_by = [teachers[fold, s] for s in range(study.get("teachers", 0))]
                run = Run(study, fold, data, args.device, taught_by)
                if args.device == "cuda":
                    torch.cuda.synchronize()
                    run.capture()
                running.append(run)
            if not running:
                break
            for run in list(running):
                for _ in range(8):
                    if run.done < run.steps:
                        run.advance()
                if run.done < run.steps:
                    continue
                running.remove(run)
                if args.device == "cuda":
                    run.stream.synchronize()
                    torch.cuda.current_stream().wait_stream(run.stream)
                result = run.results()
                result["at"] = round(time.time() - start, 1)
                out.write(json.dumps(result) + "\n")
                out.flush()
                brief = {n: result["average"][n]["wrong"] for n in result["average"]}
                print(result["at"], result["name"], f"fold {run.fold} seed {result['seed']}", brief, flush=True)
                if result["name"] == "base":
                    module = copy.deepcopy(run.module).eval().requires_grad_(False)
                    teachers[run.fold, result["seed"]] = module
                run.graph = None
    print("ended after", round(time.time() - start, 1), "left", len(jobs))


if __name__ == "__main__":
    main()
