"""The distortions of shuzi-data on a GPU, and the files that they work on."""

import gzip

import numpy as np
import torch
import torch.nn.functional as F


def idx(path):
    raw = path.read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    dims = raw[3]
    shape = np.frombuffer(raw, ">i4", dims, 4)
    return torch.from_numpy(np.frombuffer(raw, np.uint8, -1, 4 + 4 * dims).reshape(shape).copy())


def cubic(grid, size=28):
    """Catmull-Rom weights of `grid` points at each pixel."""
    weights = torch.zeros(size, grid)
    for i in range(size):
        at = i * (grid - 1) / (size - 1)
        cell = min(int(at), grid - 2)
        t = at - cell
        four = [
            ((-0.5 * t + 1) * t - 0.5) * t,
            (1.5 * t - 2.5) * t * t + 1,
            ((-1.5 * t + 2) * t + 0.5) * t,
            (0.5 * t - 0.5) * t * t,
        ]
        for k, weight in enumerate(four):
            weights[i, min(max(cell + k - 1, 0), grid - 1)] += weight
    return weights


class Distortion:
    """Rotation, shear, zoom, shift, elastic noise, thickness and sharpness by chance.

    `limits` has the most of each, by the names of search.py's BASE.
    """

    def __init__(self, limits, generator, device):
        self.limits, self.generator, self.device = limits, generator, device
        self.cubic = cubic(limits["grid"]).to(device)
        binomial = torch.tensor([1.0, 2.0, 1.0]) / 4
        self.blur = (binomial[:, None] * binomial).view(1, 1, 3, 3).to(device)
        axis = torch.arange(28.0, device=device) - 13.5
        self.axes = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), -1)  # x, y

    def random(self, *shape):
        return torch.rand(shape, device=self.device, generator=self.generator)

    def __call__(self, images, strength):
        """Of images `[n, 28, 28]` from 0 to 1, as `[n, 1, 28, 28]`; `strength`, one for all
        or one for each, is the share of the limits."""
        s, n = self.limits, len(images)
        draw = lambda limit: limit * strength * (2 * self.random(n) - 1)
        turn, shear = torch.deg2rad(draw(s["rotation"])), torch.tan(torch.deg2rad(draw(s["shear"])))
        zx, zy = 1 + draw(s["zoom"]), 1 + draw(s["zoom"])
        shift = torch.stack([draw(s["shift"]), draw(s["shift"])], -1)
        c, sin = torch.cos(turn), torch.sin(turn)
        matrix = torch.stack(
            [c * zx, (c * shear - sin) * zy, sin * zx, (sin * shear + c) * zy], -1
        ).view(n, 2, 2)
        det = matrix[:, 0, 0] * matrix[:, 1, 1] - matrix[:, 0, 1] * matrix[:, 1, 0]
        inverse = torch.stack(
            [matrix[:, 1, 1], -matrix[:, 0, 1], -matrix[:, 1, 0], matrix[:, 0, 0]], -1
        ).view(n, 2, 2) / det.view(n, 1, 1)
        at = self.axes.view(1, 784, 2) - shift.view(n, 1, 2)
        at = torch.bmm(at, inverse.transpose(1, 2)).view(n, 28, 28, 2)
        if s["elastic"]:
            normal = torch.randn(
                n, 2, s["grid"], s["grid"], device=self.device, generator=self.generator
            )
            field = self.cubic @ normal @ self.cubic.T
            at = at + s["elastic"] * strength.view(-1, 1, 1, 1) * field.permute(0, 2, 3, 1)
        images = F.grid_sample(images.unsqueeze(1), at / 13.5, align_corners=True)
        if s["thickness"]:
            thick, thin = F.max_pool2d(images, 3, 1, 1), -F.max_pool2d(-images, 3, 1, 1)
            amount = draw(s["thickness"]).view(n, 1, 1, 1)
            images = images + amount.clamp(min=0) * (thick - images) + (-amount).clamp(min=0) * (thin - images)
        if s["sharpness"]:
            amount = draw(s["sharpness"]).view(n, 1, 1, 1)
            images = (images + amount * (images - F.conv2d(images, self.blur, padding=1))).clamp(0, 1)
        return images
