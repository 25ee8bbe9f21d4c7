"""The start of `pairs`: the convolutions of `reader`, linear layers afresh.

    start.py READER PAIRS OUT

READER is a folder of models, PAIRS what `shuzi export pairs --to config` writes.
"""

import pathlib
import shutil
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

reader, pairs, out = map(pathlib.Path, sys.argv[1:])
random = np.random.default_rng(1)


def drawn(outputs, inputs, gain):
    return (random.standard_normal((outputs, inputs)) * np.sqrt(gain / inputs)).astype(np.float32)


weights = load_file(reader / "model.safetensors")
# He et al. 2015 before a ReLU, half of that variance before the logits.
weights["fc1.weight"] = drawn(1024, 768, 2)
weights["fc1.bias"] = np.zeros(1024, np.float32)
weights["fc2.weight"] = drawn(101, 1024, 1)
weights["fc2.bias"] = np.zeros(101, np.float32)
out.mkdir(parents=True, exist_ok=True)
save_file(weights, out / "model.safetensors")
shutil.copy(pairs / "config.json", out)
