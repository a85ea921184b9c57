#!/usr/bin/python3
"""Trains dense networks of any widths on scikit-learn's handwritten digits, enlarged to fit, for bench/; nothing that it
writes is committed. Needs Debian's python3-torch and python3-sklearn; no network. One thread and a fixed seed.

    /usr/bin/python3 examples/train/train_dense.py --out build/bench 784-256-256-10 64-64-64-10

Writes dense_WIDTHS.onnx and dense_WIDTHS.npy (held-out inputs, float32) for each, the input width a square number.
"""
import argparse
import pathlib

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 20261121
EPOCHS = 25
INPUTS_KEPT = 50


def enlarged(images, side):
    pictures = torch.from_numpy(images)[:, None]
    if side != 8:
        pictures = nn.functional.interpolate(pictures, size=(side, side), mode="bilinear", align_corners=False)
    return pictures.flatten(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write to")
    parser.add_argument("widths", nargs="+", help="such as 784-256-256-10")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    digits = load_digits()
    images, labels = (digits.images / 16.0).astype(np.float32), digits.target.astype(np.int64)
    for word in given.widths:
        widths = [int(part) for part in word.split("-")]
        side = int(round(widths[0] ** 0.5))
        if side * side != widths[0] or len(widths) < 2 or widths[-1] != 10:
            parser.error(f"{word}: a square number of inputs and 10 outputs are needed")
        x_train, x_test, y_train, y_test = train_test_split(
            enlarged(images, side), torch.from_numpy(labels), test_size=450, random_state=SEED % 1000,
            stratify=labels)
        torch.manual_seed(SEED)
        layers = []
        for low, high in zip(widths, widths[1:]):
            layers += [nn.Linear(low, high), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, weight_decay=1e-4)
        for _ in range(EPOCHS):
            for batch in torch.randperm(len(x_train)).split(64):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(x_train[batch]), y_train[batch]).backward()
                optimizer.step()
        with torch.no_grad():
            right = (model.eval()(x_test).argmax(1) == y_test).float().mean().item()
        torch.onnx.export(model, x_test[:1], str(given.out / f"dense_{word}.onnx"), opset_version=13,
                          input_names=["image"], output_names=["logits"],
                          dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}})
        np.save(given.out / f"dense_{word}.npy", x_test[:INPUTS_KEPT].numpy())
        print(f"dense_{word}: {right:.1%} of {len(x_test)} held-out digits")


if __name__ == "__main__":
    main()
