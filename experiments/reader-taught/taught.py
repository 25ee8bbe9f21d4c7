"""Trains the reader's network on what others say: wide networks, first trained on labels, and
networks that are there already (knowledge distillation, Hinton et al. 2015, with the same
distorted image for all, Beyer et al. 2022).

    python3 taught.py DATA --out OUT --reader MODEL --beside MODEL --teachers S --students S

DATA is what make.sh lays together, and may still be coming. For --teachers seconds two networks
twice as wide learn the labels; then, for --students seconds, three of the reader's size learn
the mean of the logarithms of all answers and, for a part, the labels: from the reader's weights
at two rates, and from those of the first beside it. Pieces of lines, most of them of no use,
have no label. All weights are averaged, and written to OUT. The prior of what is given is that
of pieces.
"""

import argparse
import json
import math
import queue
import sys
import threading
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

REPOSITORY = Path(__file__).parents[2]
sys.path[:0] = [
    str(REPOSITORY / part)
    for part in ("benchmarks", "experiments/search/gpu", "experiments/reader-lines")
]
from distort import Distortion, idx  # noqa: E402
from train import Model  # noqa: E402

NONE = 10
# How many of each kind a batch has, in units of its size over 16.
LABELLED = {"mnist": 3, "shaped": 4, "swiss": 2, "digits": 3, "none": 4}
PIECES = 8  # beside these, for students
CAPACITY = {
    "mnist": 60_000,
    "shaped": 360_000,
    "swiss": 8_039,
    "digits": 2_000_000,
    "none": 2_000_000,
    "pieces": 4_000_000,
}
LIMITS = {
    "rotation": 12.0,
    "zoom": 0.18,
    "shear": 14.0,
    "shift": 2.5,
    "elastic": 0.75,
    "grid": 5,
    "sharpness": 0.5,
    "thickness": 0.3,
}


class Bank:
    """Images by kind; the kinds that are still being made grow."""

    def __init__(self, folder, device):
        self.folder, self.device, self.seen = folder, device, set()
        self.images, self.labels, self.counts = {}, {}, {}
        for kind, capacity in CAPACITY.items():
            self.images[kind] = torch.zeros(capacity, 28, 28, dtype=torch.uint8, device=device)
            self.labels[kind] = torch.full((capacity,), NONE, device=device)
            self.counts[kind] = torch.zeros((), device=device)
        self.hands = sorted(folder.glob("hand-*"))
        first = self.hands[0]
        self.add("mnist", *self.single(first, "mnist"))
        self.add("swiss", *self.single(first, "swiss-a"))
        for hand in self.hands:
            self.add("shaped", *self.single(hand, "shaped"))
        # Digits at the end of every file of crops.
        self.as_they_are = 2 * CAPACITY["mnist"] + CAPACITY["swiss"]
        self.ready = queue.Queue()
        threading.Thread(target=self.watch, daemon=True).start()

    def single(self, hand, name):
        return (idx(hand / f"single-{name}-{what}.gz") for what in ("images", "labels"))

    def add(self, kind, images, labels=None):
        at = int(self.counts[kind])
        n = min(len(images), CAPACITY[kind] - at)
        self.images[kind][at : at + n] = images[:n].to(self.device)
        if labels is not None:
            self.labels[kind][at : at + n] = labels[:n].long().to(self.device)
        self.counts[kind] += n

    def watch(self):
        """Reads what is new, beside the training."""
        while True:
            for path in sorted(set(self.folder.glob("crops-*")) - self.seen):
                self.seen.add(path)
                images, labels = (
                    idx(path / f"crops-{name}-ubyte.gz")[: -self.as_they_are]
                    for name in ("images-idx3", "labels-idx1")
                )
                self.ready.put(("digits", images[labels != NONE], labels[labels != NONE]))
                self.ready.put(("none", images[labels == NONE], None))
            for path in sorted(set(self.folder.glob("lines-*")) - self.seen):
                self.seen.add(path)
                self.ready.put(("pieces", load_file(path)["crops"].view(-1, 28, 28), None))
            time.sleep(2)

    def take_in(self):
        while not self.ready.empty():
            self.add(*self.ready.get())

    def draw(self, shares, generator):
        """Images from 0 to 1 and their labels, so many of each kind, by chance."""
        images, labels = [], []
        for kind, n in shares.items():
            chance = torch.rand(n, device=self.device, generator=generator, dtype=torch.float64)
            which = (chance * self.counts[kind]).long()
            images.append(self.images[kind][which])
            labels.append(self.labels[kind][which])
        return torch.cat(images).float() / 255, torch.cat(labels)

    def __str__(self):
        return ", ".join(f"{int(count)} {kind}" for kind, count in self.counts.items())


def widen(layers, times):
    """Gives all layers but the last, which answers, so many times the channels."""
    for layer in layers:
        for key in ("out_channels", "out_features"):
            if key in layer and layer["name"] != "fc2":
                layer[key] *= times
        widen(layer.get("body", []), times)
        for branch in layer.get("branches", []):
            widen(branch, times)


class Learner:
    """A network, Adam with decoupled weight decay, and the average of its weights.

    Nothing here waits for the processor, so that a step can be captured as a graph.
    """

    def __init__(self, directory, device, fresh, rate, decay, width=1, average=0.999):
        config = json.loads((directory / "config.json").read_text())
        widen(config["architecture"]["layers"], width)
        self.model = Model(directory, device, config, fresh)
        self.module = self.model.module
        self.module.to(memory_format=torch.channels_last)
        for part in self.module.modules():
            if isinstance(part, nn.Dropout):
                part.p = 0.0
            if fresh and isinstance(part, (nn.Conv2d, nn.Linear)):
                nn.init.kaiming_normal_(part.weight)
                if part.bias is not None:
                    nn.init.zeros_(part.bias)
        self.device, self.rate, self.decay, self.average = device, rate, decay, average
        self.parameters = list(self.module.parameters())
        self.decaying = [p for p in self.parameters if p.dim() > 1]
        zeros = lambda: [torch.zeros_like(p) for p in self.parameters]
        self.mean, self.square = zeros(), zeros()
        self.averaged = [p.detach().clone() for p in self.parameters]
        self.step = torch.zeros((), device=device)
        self.share = torch.zeros((), device=device)  # of the rate, now
        self.loss = torch.zeros((), device=device)

    def state(self):
        return [*self.parameters, *self.mean, *self.square, *self.averaged, self.step, self.loss]

    def log_probabilities(self, images):
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cuda", torch.bfloat16, self.device == "cuda", cache_enabled=False):
            logits = self.module(images)
        return F.log_softmax(logits.float(), 1)

    def learn(self, loss):
        gradients = torch.autograd.grad(loss, self.parameters)
        with torch.no_grad():
            self.step += 1
            rate = self.rate * self.share
            torch._foreach_mul_(self.decaying, 1 - rate * self.decay)
            torch._foreach_lerp_(self.mean, gradients, 0.1)
            squares = torch._foreach_mul(gradients, gradients)
            torch._foreach_lerp_(self.square, squares, 0.001)
            size = torch._foreach_div(self.square, 1 - torch.pow(0.999, self.step))
            torch._foreach_sqrt_(size)
            torch._foreach_add_(size, 1e-8)
            change = torch._foreach_div(self.mean, size)
            torch._foreach_mul_(change, rate / (1 - torch.pow(0.9, self.step)))
            torch._foreach_sub_(self.parameters, change)
            keep = ((1 + self.step) / (10 + self.step)).clamp(max=self.average)
            away = torch._foreach_sub(self.parameters, self.averaged)
            torch._foreach_mul_(away, 1 - keep)
            torch._foreach_add_(self.averaged, away)
            self.loss.lerp_(loss.detach(), 0.01)

    @torch.no_grad()
    def settle(self, batches):
        """Takes the averaged weights, and the statistics of batch normalisation anew."""
        for p, value in zip(self.parameters, self.averaged):
            p.copy_(value)
        for norm in self.module.modules():
            if isinstance(norm, nn.BatchNorm2d):
                norm.reset_running_stats()
                norm.momentum = None
        self.module.train()
        for images in batches:
            self.module(images)
        self.module.eval()


class Steps:
    """The same step again and again: on a GPU a graph, on a stream of its own."""

    def __init__(self, one, generator, learners, device):
        self.one, self.graph = one, None
        if device != "cuda":
            return
        states = [t for learner in learners for t in learner.state()]
        saved = [t.detach().clone() for t in states]
        self.stream = torch.cuda.Stream()
        self.stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.stream):
            for _ in range(2):
                one()
            self.stream.synchronize()
            self.graph = torch.cuda.CUDAGraph()
            self.graph.register_generator_state(generator)
            with torch.cuda.graph(self.graph, stream=self.stream):
                one()
            with torch.no_grad():
                for t, value in zip(states, saved):
                    t.copy_(value)
            self.stream.synchronize()

    def advance(self):
        if self.graph is None:
            self.one()
            return
        with torch.cuda.stream(self.stream):
            self.graph.replay()

    def wait(self):
        if self.graph is not None:
            self.stream.synchronize()


def train(name, steps, learners, bank, seconds, images_a_step, ahead=4):
    """Steps for so many seconds, the rate on a cosine of the time."""
    begin = told = time.time()
    done = 0
    while True:
        passed = (time.time() - begin) / seconds
        if passed >= 1:
            break
        # At the first steps little, then as the cosine has it.
        share = min((done + 1) / 300, 1) * (0.001 + 0.999 * 0.5 * (1 + math.cos(math.pi * passed)))
        for learner in learners:
            learner.share.fill_(share)
        for _ in range(ahead):
            for one in steps:
                one.advance()
        for one in steps:
            one.wait()
        done += ahead
        bank.take_in()
        if time.time() - told > 15 or done == ahead:
            told = time.time()
            losses = " ".join(f"{float(learner.loss):.4f}" for learner in learners)
            so_far = f"{done} steps, {done * images_a_step} images each"
            print(f"{name}: {told - begin:.0f} s, {so_far}, loss {losses}; {bank}", flush=True)
    print(f"{name}: {seconds:.0f} s, {done} steps, {done * images_a_step} images each", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--reader", type=Path, required=True, help="begins two students, and teaches"
    )
    parser.add_argument("--beside", type=Path, action="append", default=[], help="teaches, too")
    parser.add_argument("--teachers", type=float, required=True, help="seconds")
    parser.add_argument("--students", type=float, required=True, help="seconds")
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--truth", type=float, default=0.2, help="share of the label")
    parser.add_argument("--device", default="cuda")
    args = parser.parse_args()
    device, start = args.device, time.time()
    torch.manual_seed(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    bank = Bank(args.data, device)
    while not all(count > 0 for count in bank.counts.values()):
        time.sleep(1)
        bank.take_in()
    unit = args.batch // 16
    labelled = {kind: unit * n for kind, n in LABELLED.items()}
    for_students = {**labelled, "pieces": unit * PIECES}
    print(f"{time.time() - start:.0f} s: {bank}", flush=True)

    def plain(shares):
        return (bank.draw(shares, None)[0].unsqueeze(1) for _ in range(40))

    teachers, steps = [], []
    # One with wider distortion than the other.
    for seed, strength in enumerate((1.0, 1.3)):
        generator = torch.Generator(device).manual_seed(10 + seed)
        teacher = Learner(args.reader, device, True, rate=3e-3, decay=0.1, width=2)
        distort = Distortion(LIMITS, generator, device)

        def one(teacher=teacher, distort=distort, generator=generator, strength=strength):
            with torch.no_grad():
                images, labels = bank.draw(labelled, generator)
                images = distort(images, strength * distort.random(len(images)).sqrt())
            teacher.learn(F.nll_loss(teacher.log_probabilities(images), labels))

        teachers.append(teacher)
        steps.append(Steps(one, generator, [teacher], device))
    train("teachers", steps, teachers, bank, args.teachers, args.batch)
    for number, teacher in enumerate(teachers, 1):
        teacher.settle(plain(labelled))
        teacher.model.save(args.out / f"teacher-{number}")
    for directory in [args.reader, *args.beside]:
        teacher = Learner(directory, device, False, 0, 0)
        teacher.module.eval()
        teachers.append(teacher)

    students = [
        Learner(args.reader, device, False, rate=5e-4, decay=0.1),
        Learner(args.reader, device, False, rate=2e-3, decay=0.1),
        *(Learner(directory, device, False, rate=2e-3, decay=0.1) for directory in args.beside[:1]),
    ]
    generator = torch.Generator(device).manual_seed(20)
    distort = Distortion(LIMITS, generator, device)
    n_labelled = sum(labelled.values())

    def one():
        with torch.no_grad():
            images, labels = bank.draw(for_students, generator)
            images = distort(images, distort.random(len(images)).sqrt())
            said = sum(teacher.log_probabilities(images) for teacher in teachers) / len(teachers)
            target = F.softmax(said, 1)
            truth = F.one_hot(labels[:n_labelled], NONE + 1)
            target[:n_labelled].lerp_(truth.float(), args.truth)
        for student in students:
            student.learn(-(target * student.log_probabilities(images)).sum(1).mean())

    step = Steps(one, generator, students, device)
    train("students", [step], students, bank, args.students, sum(for_students.values()))
    for number, student in enumerate(students, 1):
        student.settle(plain(for_students))
        student.model.save(args.out / f"student-{number}")
    print(f"{time.time() - start:.0f} s in all", flush=True)


if __name__ == "__main__":
    main()
