"""Networks that the live comparisons build in torch and hand to lrproof as ONNX.

Weights, batch norm statistics and inputs are random, signed and representable in float32, so that the float64 model of
the peer and the float32 ONNX file denote the same network.
"""
import copy
import sys

import numpy as np
import torch
from torch import nn

LOW, HIGH = -3.0, 3.0
EPSILON = float(np.float32(1e-5))


class Sum(nn.Module):
    """Adds two tensors; replaced by the peer's own module where its rules look for one."""

    def forward(self, stacked):
        return stacked.sum(-1)


class Block(nn.Module):
    """A residual block; `join` decides how the two paths meet: as a module on the stacked pair, or as a plain +."""

    def __init__(self, channels_in, channels_out, stride, join=None):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out, eps=EPSILON)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out, eps=EPSILON)
        self.project = None
        if stride != 1 or channels_in != channels_out:
            self.project = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False),
                nn.BatchNorm2d(channels_out, eps=EPSILON))
        self.join = join
        self.relu2 = nn.ReLU()

    def forward(self, x):
        main = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        kept = x if self.project is None else self.project(x)
        added = main + kept if self.join is None else self.join(torch.stack([main, kept], dim=-1))
        return self.relu2(added)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=EPSILON)


def mlp():
    return nn.Sequential(nn.Linear(12, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 5)), (12,)


def conv_pool_first():
    """Max pooling before the ReLU: no window is tied, whatever the rule sends to inactive units."""
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1), norm(6), nn.MaxPool2d(2), nn.ReLU(),
        nn.Conv2d(6, 8, 3, padding=1), norm(8), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(32, 5)), (2, 8, 8)


def conv_relu_first():
    """The usual order. Windows of inactive units tie at 0, and torch gives the whole of a tie to the first."""
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1), norm(6), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(6, 8, 3, padding=1, stride=2), norm(8), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(8, 5)), (2, 8, 8)


def resnet(join=None):
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=1, bias=False), norm(6), nn.ReLU(),
        Block(6, 6, 1, join() if join else None), Block(6, 8, 2, join() if join else None),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)), (2, 8, 8)


def randomise(model, seed):
    """Norms and biases away from their defaults: signed scales, shifts, means, and variances around 1."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.weight.copy_(torch.randn(module.weight.shape, generator=generator))
                module.bias.copy_(0.3 * torch.randn(module.bias.shape, generator=generator))
                module.running_mean.copy_(0.5 * torch.randn(module.bias.shape, generator=generator))
                module.running_var.copy_(0.3 + torch.rand(module.bias.shape, generator=generator))
            elif isinstance(module, (nn.Linear, nn.Conv2d)):
                fan_in = module.weight[0].numel()
                module.weight.copy_(torch.randn(module.weight.shape, generator=generator) * (2 / fan_in) ** 0.5)
                if module.bias is not None:
                    module.bias.copy_(0.2 * torch.randn(module.bias.shape, generator=generator))
    return model.eval()


def signed_inputs(shape, count, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn((count, *shape), generator=generator).clamp(LOW, HIGH)


def export(model, inputs, path):
    """A float32 file with every batch norm left as it is."""
    torch.onnx.export(
        copy.deepcopy(model).float(), inputs.float(), str(path), opset_version=13, do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE, input_names=["x"], output_names=["f"],
        dynamic_axes={"x": {0: "batch"}, "f": {0: "batch"}})


def largest_relative_difference(ours, theirs):
    """Per sample max |R - R'| / max |R'|; the largest over the samples."""
    ours, theirs = (np.asarray(r, np.float64).reshape(len(r), -1) for r in (ours, theirs))
    if ours.shape != theirs.shape or not np.isfinite(ours).all():
        return float("inf")
    return float((np.abs(ours - theirs).max(1) / np.abs(theirs).max(1)).max())


class Tally:
    """Counts and prints; a comparison that was not made is never a pass."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, name, difference, tolerance, note=""):
        good = difference <= tolerance
        self.passed += good
        self.failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name:64} {difference:.2e} (at most {tolerance:.0e}){note}", flush=True)

    def fail(self, name, reason):
        self.failed += 1
        print(f"FAIL {name:64} {reason}", flush=True)

    def skip(self, name, reason):
        self.skipped += 1
        print(f"skip {name:64} {reason}", flush=True)

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.stdout.flush()
        return 1 if self.failed or not self.passed else 0
