"""PyTorch's twin of the networks."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import make_torch_vectors as vectors
import numpy as np
import pytest
import safetensors.torch
import shuzi
import torch
from helpers import command
from shuzi import _shuzi
from shuzi.torch import load, module, save

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "crates" / "shuzi-data" / "fixtures"

ZOO = [*vectors.NETWORKS]


def fixture(name: str) -> bytes:
    return gzip.decompress((FIXTURES / f"{name}-ubyte.gz").read_bytes())


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """Twenty digits of MNIST."""
    pixels = np.frombuffer(fixture("t10k-images-idx3"), np.uint8, offset=16)
    return pixels.reshape(-1, 28, 28)[::25]


@pytest.mark.parametrize("name", ZOO)
def test_names_and_shapes_are_the_engines(name: str) -> None:
    recipe = _shuzi.recipe_json("fast")
    config = _shuzi.architecture_json(name).encode()
    engine = safetensors.torch.load(bytes(_shuzi.Training(config, recipe, 1, 1, 1).weights()))
    state = module(name).state_dict()
    assert {k: v.shape for k, v in state.items()} == {k: v.shape for k, v in engine.items()}


@pytest.mark.parametrize("name", ["improved-alexnet", "reader", "pairs"])
def test_shipped_networks_give_the_engines_logits(name: str, digits: np.ndarray) -> None:
    engine = shuzi.Network(name).logits(digits)
    images = torch.from_numpy(digits).unsqueeze(1) / 255
    with torch.no_grad():
        logits = load(name)(images).numpy()
    assert np.abs(logits - engine).max() < 1e-4


def test_the_kept_logits_are_pytorchs() -> None:
    kept = json.loads(vectors.FILE.read_text(encoding="utf-8"))["networks"]
    made = vectors.made()
    assert len(kept) == len(made) == len(ZOO) + 2
    for one, other in zip(kept, made):
        a, b = np.array(one.pop("logits")), np.array(other.pop("logits"))
        assert one == other
        assert np.abs(a - b).max() < 1e-4 * max(1, np.abs(b).max())


def test_weights_go_both_ways(tmp_path: Path, digits: np.ndarray) -> None:
    torch.manual_seed(1)
    network = module("vgg16-deformable")
    for name, parameter in network.named_parameters():
        if name.endswith("offset.weight"):
            torch.nn.init.normal_(parameter, std=0.05)
    save(network, tmp_path)
    engine = shuzi.Network(tmp_path).logits(digits)
    with torch.no_grad():
        again = load(tmp_path)(torch.from_numpy(digits).unsqueeze(1) / 255).numpy()
    assert np.abs(again - engine).max() < 1e-4 * max(1, np.abs(engine).max())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]


def test_a_run_of_pytorch_is_one_of_shuzi(tmp_path: Path) -> None:
    data, run = tmp_path / "mnist", tmp_path / "run"
    data.mkdir()
    for name in ["train-images-idx3", "train-labels-idx1"]:
        (data / f"{name}-ubyte").write_bytes(fixture(name))
    words = ["--data", data, "--out", run, "--model", "lenet5-improved", "--recipe", "fast"]
    tool = [sys.executable, "-m", "shuzi.train_torch", *words, "--epochs", "12"]
    done = subprocess.run([*map(str, tool)], capture_output=True, text=True, check=True)
    losses = [float(line.split("loss ")[1].split(",")[0]) for line in done.stdout.splitlines()]
    assert len(losses) == 12 and losses[-1] < 0.5 * losses[0]
    files = [tmp_path / name for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")]
    for file in files:
        file.write_bytes(fixture(file.name.removesuffix("-ubyte")))
    told = command("eval", "--model", run, "--images", files[0], "--labels", files[1],
                   "--format", "json")  # fmt: skip
    assert told.returncode == 0, told.stderr
    pixels = np.frombuffer(files[0].read_bytes(), np.uint8, offset=16).reshape(-1, 28, 28)
    truth = np.frombuffer(files[1].read_bytes(), np.uint8, offset=8)
    with torch.no_grad():
        logits = load(run)(torch.from_numpy(pixels.copy()).unsqueeze(1) / 255)
    right = int((logits.argmax(dim=1).numpy() == truth).sum())
    assert right > 400
    assert json.loads(told.stdout)["correct"] == right


def test_recipes_that_a_validation_steers_are_refused(tmp_path: Path) -> None:
    for name in ["train-images-idx3", "train-labels-idx1"]:
        (tmp_path / f"{name}-ubyte").write_bytes(fixture(name))
    words = ["--data", tmp_path, "--out", tmp_path / "run", "--recipe", "paper"]
    tool = [sys.executable, "-m", "shuzi.train_torch", *words]
    done = subprocess.run([*map(str, tool)], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "steered by a validation loss" in done.stderr
