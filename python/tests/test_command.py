"""The command in the wheel, and the files that are made."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires, version
from pathlib import Path

import shuzi
from helpers import command


def test_the_command_is_that_of_the_binary(samples: Path, line: Path) -> None:
    assert command("--version").stdout == f"shuzi {version('shuzi')}\n"
    done = command("read", line)
    assert done.returncode == 0 and f"{line}: 7210414959" in done.stdout
    assert command("read", samples / "none.png").returncode == 1
    wrong = command("reed")
    assert wrong.returncode == 2 and "unrecognized subcommand" in wrong.stderr
    summary = command("summary", "lenet5").stdout
    assert "61,706" in summary
    module = [sys.executable, "-m", "shuzi", "--version"]
    assert subprocess.check_output(module, text=True) == f"shuzi {version('shuzi')}\n"


def test_numpy_is_the_only_dependency() -> None:
    assert requires("shuzi") == ["numpy>=1.23"]
    # Nothing else is loaded, either.
    code = "import shuzi, sys; print('PIL' in sys.modules, 'tqdm' in sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert loaded == "False False\n"


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(shuzi.__file__).parent / "py.typed").exists()


def test_the_records_are_those_of_the_json() -> None:
    tool = Path(__file__).parents[1] / "tools" / "make_records.py"
    done = subprocess.run([sys.executable, tool, "--check"], check=False)
    assert done.returncode == 0, "run tools/make_records.py"


def test_one_network_by_itself(samples: Path) -> None:
    import numpy as np
    from PIL import Image

    network = shuzi.Network()
    assert network.input_shape == (28, 28, 1) and network.classes == tuple("0123456789")
    image = np.asarray(Image.open(samples / "digit-4.png").convert("L").resize((28, 28)))
    ink = 255 - image
    shares = network.probabilities(np.stack([ink, np.zeros_like(ink)]))
    assert shares.shape == (2, 10) and shares[0].argmax() == 4
    assert abs(shares.sum(axis=1) - 1).max() < 1e-6
    flat = ink.reshape(1, 784).astype(np.float64) / 255
    assert network.logits(flat).argmax() == 4
