#!/usr/bin/env python3
"""Outputs of onnxruntime before and after `lrproof canonize MODEL -o`, at given inputs, beside canon.bound there.

    python3 bench/canonized_in_onnxruntime.py --lrproof PROGRAM MODEL.onnx X.npy [--bound]

Prints the largest difference of an output, relative to the largest output; with --bound also what lrproof says of the
difference in real arithmetic (it takes minutes on networks of ImageNet's size). Exits 1 where an output differs by more
than 1e-4 of the largest. Needs numpy and onnxruntime; networks: examples/train/export_torchvision.py.
"""
import argparse
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime


def outputs(path, x):
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return np.concatenate([session.run(None, {name: row[None]})[0] for row in x])


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--lrproof", required=True)
    words.add_argument("--bound", action="store_true")
    words.add_argument("model")
    words.add_argument("inputs")
    asked = words.parse_args()
    x = np.load(asked.inputs)
    with tempfile.TemporaryDirectory() as folder:
        after = os.path.join(folder, "canonized.onnx")
        command = [asked.lrproof, "canonize", asked.model, "-o", after]
        done = subprocess.run(command + (["--inputs", asked.inputs] if asked.bound else []), check=True,
                              capture_output=True, text=True)
        first, second = outputs(asked.model, x), outputs(after, x)
    steps = sum(line.startswith("  proved") for line in done.stdout.splitlines())
    change = np.abs(first - second).max() / np.abs(first).max()
    print(f"{os.path.basename(asked.model)}: {steps} rewrites, {len(x)} inputs, onnxruntime before and after: "
          f"{change:.2g} of the largest output {np.abs(first).max():.3g}")
    if asked.bound:
        lines = done.stdout.splitlines()
        at = next(k for k, line in enumerate(lines) if line.startswith("canon.bound"))
        print(lines[at] + "\n" + lines[at + 1])
    return int(change > 1e-4)


if __name__ == "__main__":
    sys.exit(main())
