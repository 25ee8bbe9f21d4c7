"""Trains a network with PyTorch: on a GPU if there is one.

    python -m shuzi.train_torch --data mnist --out runs/gpu --recipe best
    shuzi eval --model runs/gpu

Order, distortions, rates, weight decay and averaging are those of the recipe, as `shuzi train`
has them; images come from the same loader. The bits are PyTorch's. `--data` is a folder of
MNIST's IDX files, as `shuzi data get` makes it.
"""

from __future__ import annotations

import argparse
import gzip
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import json

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from shuzi import _shuzi, recipes
from shuzi.torch import Network, save
from shuzi.torch_layers import initialise

# Images on which averaged weights get their statistics of batch normalisation, at most.
_STATISTICS = 10_000


def idx(path: Path) -> NDArray[np.uint8]:
    """The values of an IDX file of bytes, packed by gzip or not.

    Raises:
        ValueError: if it is none.
    """
    packed = path.with_name(path.name + ".gz")
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else path.read_bytes()
    if data[:3] != b"\0\0\x08":
        raise ValueError(f"{path}: expected an IDX file of bytes")
    shape = np.frombuffer(data, ">u4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(*map(int, shape))


def train(
    config: dict[str, Any],
    recipe: recipes.Recipe,
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    *,
    seed: int,
    device: torch.device,
) -> Network:
    """The network of a `config.json`, trained by a recipe on images `[n, height, width]`.

    Raises:
        ValueError: if the recipe is steered by a validation loss, or has SGD with weight decay.
    """
    if "warm_up_steps" not in recipe["schedule"]:
        raise ValueError(f"recipe {recipe['name']} is steered by a validation loss: take another")
    torch.manual_seed(seed)
    network = Network(recipes.with_dropout(config, recipe["dropout"])).to(device)
    initialise(network, recipe["initialisation"])
    batches = _shuzi.Batches(images, labels, json.dumps(recipe), recipe["batch"], seed)
    steps = recipe["epochs"] * len(batches)
    recipe = recipes.settled(recipe, steps)
    optimizer = _optimizer(network, recipe)
    averaging = recipe["averaging"]
    average = None
    if averaging is not None:
        average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(averaging["decay"]))
    criterion = nn.CrossEntropyLoss(label_smoothing=recipe["label_smoothing"])
    step = 0
    for epoch in range(1, recipe["epochs"] + 1):
        start, losses = time.monotonic(), []
        distorted = epoch + recipe["clean_epochs"] <= recipe["epochs"]
        for pixels, known in _on(device, batches.epoch(epoch, distorted), images.shape):
            for group in optimizer.param_groups:
                group["lr"] = recipes.learning_rate(recipe, step, steps)
            optimizer.zero_grad()
            loss = criterion(network(pixels), known)
            loss.backward()
            optimizer.step()
            if average is not None:
                average.update_parameters(network)
            losses.append(loss.detach())
            step += 1
        mean, seconds = torch.stack(losses).mean().item(), time.monotonic() - start
        print(f"epoch {epoch}/{recipe['epochs']}: loss {mean:.4f}, {seconds:.1f} s", flush=True)
    if average is not None:
        network.load_state_dict(average.module.state_dict())
        _statistics(network, _on(device, batches.epoch(0, False), images.shape), recipe["batch"])
    network.config = config
    return network.eval()


def _on(
    device: torch.device, epoch: Any, shape: tuple[int, ...]
) -> Iterator[tuple[Tensor, Tensor]]:
    """The batches of an epoch on a device, `[n, 1, height, width]`."""
    for pixels, known in epoch:
        images = torch.from_numpy(pixels).view(-1, 1, *shape[1:])
        yield images.to(device), torch.from_numpy(known).long().to(device)


def _optimizer(network: nn.Module, recipe: recipes.Recipe) -> torch.optim.Optimizer:
    """The recipe's rule. Weight decay touches kernels and matrices alone."""
    rule, rate = recipe["optimizer"], recipe["learning_rate"]
    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": rule["weight_decay"]},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    if rule["type"] == "adam":
        betas = (rule["beta1"], rule["beta2"])
        return torch.optim.AdamW(groups, lr=rate, betas=betas, eps=rule["epsilon"])
    if rule["weight_decay"]:
        raise ValueError("SGD with a weight decay of its own is not PyTorch's: take another recipe")
    return torch.optim.SGD(parameters, lr=rate, momentum=rule["momentum"])


def _statistics(
    network: nn.Module, batches: Iterator[tuple[Tensor, Tensor]], batch: int
) -> None:
    """Takes the statistics of batch normalisation anew, as means over undistorted images."""
    norms = [module for module in network.modules() if hasattr(module, "running_mean")]
    momenta = [norm.momentum for norm in norms]
    network.train()
    with torch.no_grad():
        for count, (pixels, _) in enumerate(batches, start=1):
            for norm in norms:
                norm.momentum = 1 / count
            network(pixels)
            if count * batch >= _STATISTICS:
                break
    for norm, momentum in zip(norms, momenta):
        norm.momentum = momentum


def main() -> None:
    """Trains what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m shuzi.train_torch", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("--data", type=Path, required=True, help="a folder of MNIST's files")
    parser.add_argument("--out", type=Path, required=True, help="the run's folder")
    parser.add_argument("--model", default="improved-alexnet", help="a name or a config.json")
    parser.add_argument("--recipe", default="best", help="a name or a JSON file")
    parser.add_argument("--epochs", type=int, help="in place of the recipe's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", help="by default cuda if it is there, else cpu")
    asked = parser.parse_args()
    device = asked.device or ("cuda" if torch.cuda.is_available() else "cpu")
    recipe = recipes.load(asked.recipe)
    recipe["epochs"] = asked.epochs or recipe["epochs"]
    config = json.loads(_shuzi.architecture_json(asked.model))
    images = idx(asked.data / "train-images-idx3-ubyte")
    labels = idx(asked.data / "train-labels-idx1-ubyte")
    try:
        network = train(config, recipe, images, labels, seed=asked.seed, device=torch.device(device))
    except ValueError as error:
        parser.error(str(error))
    save(network, asked.out)


if __name__ == "__main__":
    main()
