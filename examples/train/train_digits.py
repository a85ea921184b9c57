#!/usr/bin/python3
"""Trains the three example networks on scikit-learn's handwritten digits and writes them as ONNX.

Run by the maintainers, not by users: the trained models and the inputs are committed. Needs Debian's python3-torch
and python3-sklearn, nothing else; no network. One thread and fixed seeds: the same library versions give the same
files.

    /usr/bin/python3 examples/train/train_digits.py            # writes examples/models and examples/data
"""
import argparse
import pathlib

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 20261121
INPUTS_KEPT = 300
REQUIRED_ACCURACY = 0.95


class BasicBlock(nn.Module):
    """Two 3x3 convolutions with batch norm, added to the input; a 1x1 convolution adapts it where shapes differ."""

    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_out)
        self.relu1 = nn.ReLU()
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels_out)
        self.shortcut = None
        if stride != 1 or channels_in != channels_out:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels_out, 1, stride=stride, bias=False), nn.BatchNorm2d(channels_out))
        self.relu2 = nn.ReLU()

    def forward(self, x):
        main = self.norm2(self.conv2(self.relu1(self.norm1(self.conv1(x)))))
        kept = x if self.shortcut is None else self.shortcut(x)
        return self.relu2(main + kept)


def make_mlp():
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10))


def make_conv():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(64, 10))


def make_resnet():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        BasicBlock(8, 8, 1), BasicBlock(8, 16, 2),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, 10))


def darken_background(conv, norm):
    """Keeps the normalised response to an empty patch at or below -0.01.

    A digit's background is exactly 0, so neighbouring empty patches have exactly equal responses. Were these positive,
    every max pooling window over the background would tie. Below zero they are all cut off by the ReLU.
    """
    with torch.no_grad():
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        empty = scale * (conv.bias - norm.running_mean)
        norm.bias.copy_(torch.minimum(norm.bias, -empty - 0.01))


def train(model, x, y, epochs, after_step=None):
    torch.manual_seed(SEED + 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(epochs):
        model.train()
        for batch in torch.randperm(len(x)).split(64):
            optimizer.zero_grad()
            loss_of(model(x[batch]), y[batch]).backward()
            optimizer.step()
            if after_step is not None:
                after_step(model)
        schedule.step()
    if after_step is not None:
        after_step(model)
    return model.eval()


def accuracy(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def export(model, example, path):
    """PRESERVE on a model in eval mode keeps every batch norm as a node of its own, in inference form."""
    torch.onnx.export(
        model, example, str(path), opset_version=13, training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False, input_names=["image"], output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})


def count_pool_ties(model, x):
    """Inputs with a max pooling window whose largest value is positive and reached more than once (digits_conv)."""
    with torch.no_grad():
        before = model[2](model[1](model[0](x.double())))
        windows = before.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
        top = windows.max(dim=-1, keepdim=True).values
        tied = ((windows == top) & (top > 0)).sum(-1) > 1
        return int(tied.flatten(1).any(1).sum()), int(tied.sum())


def main():
    here = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--examples", type=pathlib.Path, default=here, help="folder that holds models/ and data/")
    examples = parser.parse_args().examples
    (examples / "models").mkdir(parents=True, exist_ok=True)
    (examples / "data").mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)

    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32)
    x_train, x_test, y_train, y_test = train_test_split(
        images, digits.target.astype(np.int64), test_size=450, random_state=SEED % 1000, stratify=digits.target)
    flat = [torch.from_numpy(a.reshape(-1, 64)) for a in (x_train, x_test)]
    square = [torch.from_numpy(a.reshape(-1, 1, 8, 8)) for a in (x_train, x_test)]
    y_train, y_test = torch.from_numpy(y_train), torch.from_numpy(y_test)

    plans = [("mlp", make_mlp, flat, 60, None),
             ("conv", make_conv, square, 40, lambda m: darken_background(m[0], m[1])),
             ("resnet", make_resnet, square, 40, None)]
    for name, make, (inside, outside), epochs, after_step in plans:
        torch.manual_seed(SEED)
        model = train(make(), inside, y_train, epochs, after_step)
        reached = accuracy(model, outside, y_test)
        print(f"digits_{name}: {sum(p.numel() for p in model.parameters())} parameters, "
              f"accuracy {reached:.4f} on {len(y_test)} held-out images")
        if reached < REQUIRED_ACCURACY:
            raise SystemExit(f"digits_{name}: below the required accuracy {REQUIRED_ACCURACY}; nothing written for it")
        export(model, outside[:2], examples / "models" / f"digits_{name}.onnx")
        if name == "conv":
            inputs, windows = count_pool_ties(model.double(), outside[:INPUTS_KEPT])
            print(f"digits_conv: {windows} tied pooling windows, in {inputs} of the {INPUTS_KEPT} inputs kept")

    np.save(examples / "data" / "digits_flat.npy", flat[1][:INPUTS_KEPT].numpy())
    np.save(examples / "data" / "digits_images.npy", square[1][:INPUTS_KEPT].numpy())
    np.save(examples / "data" / "digits_labels.npy", y_test[:INPUTS_KEPT].numpy())


if __name__ == "__main__":
    main()
