"""The peers: each gives a function that does one step or one batch."""

import os
import tempfile

import numpy as np
import torch
from torch import nn

from network import load


def made_up(batch, shape):
    """The images of `shuzi bench`: values of 0 to 1 without much pattern, NCHW."""
    channels, height, width = shape
    index = np.arange(batch * height * width * channels, dtype=np.uint64)
    values = ((index * 2654435761) & 0xFFFFFFFF) >> 24
    images = (values / 255.0).astype(np.float32).reshape(batch, height, width, channels)
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def torch_train(model, batch, compiled):
    """A step of training: forward, cross-entropy, backward, Adam."""
    module, shape, classes = load(model)
    module = module.to(memory_format=torch.channels_last).train()
    step_model = torch.compile(module) if compiled else module
    optimizer = torch.optim.Adam(module.parameters(), 1e-3, fused=True)
    loss_of = nn.CrossEntropyLoss()
    images = torch.from_numpy(made_up(batch, shape)).to(memory_format=torch.channels_last)
    labels = torch.arange(batch) % classes

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of(step_model(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def torch_infer(model, batch, compiled):
    module, shape, _ = load(model)
    module = module.to(memory_format=torch.channels_last).eval()
    run = torch.compile(module) if compiled else module
    images = torch.from_numpy(made_up(batch, shape)).to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def step():
        return run(images).numpy()

    return step


def onnx_file(model, batch):
    """The network as an ONNX file for batches of this size."""
    module, shape, _ = load(model)
    path = os.path.join(tempfile.mkdtemp(), "model.onnx")
    example = torch.zeros(batch, *shape)
    torch.onnx.export(module.eval(), (example,), path, input_names=["x"], dynamo=True, verbose=False)
    return path, shape


def onnxruntime_infer(model, batch, threads):
    import onnxruntime

    path, shape = onnx_file(model, batch)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    images = made_up(batch, shape)
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: images})[0]


def openvino_infer(model, batch, threads):
    import openvino

    path, shape = onnx_file(model, batch)
    core = openvino.Core()
    config = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
    }
    compiled = core.compile_model(path, "CPU", config)
    images = made_up(batch, shape)
    request = compiled.create_infer_request()
    return lambda: request.infer([images])[compiled.output(0)]
