#!/usr/bin/python3
"""Exports torchvision's networks with live batch norms, for bench/; nothing that it writes is committed. Weights are
untrained, from a fixed seed; norm parameters are drawn (some negative, a few exactly zero) and their statistics are
those of random images. Needs torch, torchvision and onnx; no network access, no pretrained weights.

    python3 examples/train/export_torchvision.py --out build/imagenet [vgg16_bn resnet18 ...]

Writes NAME.onnx for each, imagenet_inputs.npy (inputs of all of them, float32), and for peers that run the same
network in torch NAME.pt. Torch's own fold of norms is kept out and the file is looked at for it.
"""
import argparse
import pathlib

import numpy as np
import onnx
import torch
import torchvision
from torch import nn

SEED = 20261122
NETWORKS = ("vgg16_bn", "resnet18", "resnet50", "densenet121", "mobilenet_v2", "efficientnet_b0")
INPUTS = 10


def images(count, side, generator):
    """Random smooth pictures of about unit size, like normalised photographs."""
    coarse = torch.randn(count, 3, side // 16, side // 16, generator=generator)
    smooth = nn.functional.interpolate(coarse, size=(side, side), mode="bilinear", align_corners=False)
    return smooth + 0.3 * torch.randn(count, 3, side, side, generator=generator)


def norms(model):
    return [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]


def draw_norms(model, generator):
    """gamma and beta by chance: a tenth of the gammas negative, one in 64 exactly zero; then the statistics."""
    with torch.no_grad():
        for norm in norms(model):
            size = norm.weight.shape
            norm.weight.copy_(1 + 0.25 * torch.randn(size, generator=generator))
            norm.weight[torch.rand(size, generator=generator) < 0.1] *= -1
            norm.weight[torch.rand(size, generator=generator) < 1 / 64] = 0
            norm.bias.copy_(0.2 * torch.randn(size, generator=generator))
            norm.momentum = None  # the plain average over the batches below
            norm.reset_running_stats()
        model.train()
        for _ in range(2):
            model(images(4, 96, generator))
        model.eval()


def export(name, folder):
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    model = getattr(torchvision.models, name)(weights=None)
    draw_norms(model, generator)
    path = folder / f"{name}.onnx"
    torch.onnx.export(model, torch.zeros(1, 3, 224, 224), str(path), opset_version=13, do_constant_folding=False,
                      training=torch.onnx.TrainingMode.PRESERVE, input_names=["input"], output_names=["output"])
    torch.save(model.state_dict(), folder / f"{name}.pt")
    graph = onnx.load(str(path)).graph
    live = [node for node in graph.node if node.op_type == "BatchNormalization"]
    if len(live) != len(norms(model)) or any(len(node.output) != 1 for node in live):
        raise SystemExit(f"{path}: {len(live)} norms in the file, {len(norms(model))} in the network")
    zero = sum(int((norm.weight == 0).sum()) for norm in norms(model))
    negative = sum(int((norm.weight < 0).sum()) for norm in norms(model))
    print(f"{path}: {sum(p.numel() for p in model.parameters())} parameters, {len(live)} live norms, "
          f"{negative} negative and {zero} zero scales")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder to write to")
    parser.add_argument("networks", nargs="*", default=NETWORKS, help=f"of {', '.join(NETWORKS)}; default all")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    np.save(given.out / "imagenet_inputs.npy", images(INPUTS, 224, torch.Generator().manual_seed(SEED)).numpy())
    for name in given.networks:
        export(name, given.out)


if __name__ == "__main__":
    main()
