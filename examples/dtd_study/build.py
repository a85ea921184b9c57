#!/usr/bin/python3
"""Rebuilds the small network of Sixt & Landgraf's study of the Deep Taylor Decomposition (arXiv 2211.08425).

Run by the maintainers, not by users: dtd_study.onnx and dtd_study_inputs.npy are committed. Needs Debian's
python3-torch. Random numbers are drawn in the order in which the study's published experiment draws them.

    /usr/bin/python3 examples/dtd_study/build.py
"""
import pathlib

import numpy as np
import torch
from torch import nn

WIDTHS = [10, 10, 10, 2]
STRETCH = 1.4
EXPLAINED = 0
LEAST_OUTPUT = 0.1
INPUTS = 1000


class DenseReLU(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)

    def forward(self, a):
        return torch.relu(self.linear(a))


def stretch_positives(module):
    """The study's initialisation step, applied to one module and to everything below it.

    nn.Module.apply visits the parts before the whole, so a dense layer is met three times: by itself, inside its
    DenseReLU and inside the network. Its positive weights end up multiplied by 1.4 three times, its positive biases
    twice; then every bias is made non-positive, and the third visit finds no positive one.
    """
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.where(parameter > 0, STRETCH * parameter, parameter))
        if isinstance(module, DenseReLU):
            module.linear.bias.copy_(-module.linear.bias.abs())


def build_network():
    torch.manual_seed(1)
    network = nn.Sequential(*(DenseReLU(i, o) for i, o in zip(WIDTHS, WIDTHS[1:])))
    network.apply(stretch_positives)
    return network.eval()


def draw_inputs(network):
    """|N(0, 1)|^10, kept where the explained output exceeds 0.1; each draw seeds the next, as published."""
    torch.manual_seed(0)
    kept = []
    with torch.no_grad():
        while len(kept) < INPUTS:
            torch.manual_seed(int(torch.randint(0, 2**32, (1,)).item()))
            while True:
                x = torch.randn(1, WIDTHS[0]).abs()
                if network(x)[0, EXPLAINED] > LEAST_OUTPUT:
                    break
            kept.append(x)
    return torch.cat(kept)


def main():
    here = pathlib.Path(__file__).resolve().parent
    network = build_network()
    print(f"{sum(p.numel() for p in network.parameters())} parameters")
    x = draw_inputs(network)
    np.save(here / "dtd_study_inputs.npy", x.numpy())
    torch.onnx.export(network, x[:2], str(here / "dtd_study.onnx"), opset_version=13,
                      input_names=["x"], output_names=["f"], dynamic_axes={"x": {0: "batch"}, "f": {0: "batch"}})
    np.savez(here / "dtd_study_weights.npz",
             **{f"{kind}{i + 1}": getattr(layer.linear, kind).detach().numpy()
                for i, layer in enumerate(network) for kind in ("weight", "bias")})
    with torch.no_grad():
        f = network(x)[:, EXPLAINED]
    print(f"{len(x)} inputs, explained output from {f.min().item():.4f} to {f.max().item():.4f}")


if __name__ == "__main__":
    main()
