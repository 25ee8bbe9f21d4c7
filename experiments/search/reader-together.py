"""Errors and loss of several readers together: the mean of their logits of the ten digits.

    reader-together.py IMAGES LABELS NAME=MODEL.onnx[=WEIGHT] …

IMAGES and LABELS are IDX files, gzip; each model an export (`shuzi export NAME --to onnx`). Prints a
line for every choice of models; an eleventh class, none, is left out.
"""

import gzip
import itertools
import sys

import numpy as np
import onnxruntime


def idx(path):
    data = gzip.open(path).read()
    axes = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(data[3])]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * len(axes)).reshape(axes)


def log_softmax(logits):
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


images, labels = idx(sys.argv[1]), idx(sys.argv[2]).astype(int)
batch = images[:, None].astype(np.float32) / 255
answers, weights = {}, {}
for argument in sys.argv[3:]:
    name, path, *weight = argument.split("=")
    session = onnxruntime.InferenceSession(path)
    name_of_input = session.get_inputs()[0].name
    parts = [session.run(None, {name_of_input: part})[0] for part in np.array_split(batch, 30)]
    answers[name] = log_softmax(np.concatenate(parts)[:, :10])
    weights[name] = float(weight[0]) if weight else 1.0
for count in range(1, len(answers) + 1):
    for names in itertools.combinations(answers, count):
        total = sum(weights[name] for name in names)
        mean = log_softmax(sum(weights[name] * answers[name] for name in names) / total)
        errors = (mean.argmax(1) != labels).sum()
        loss = -mean[np.arange(len(labels)), labels].mean()
        print(errors, f"{loss:.4f}", *names)
