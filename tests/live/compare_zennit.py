"""Relevance of lrproof against Zennit's, all nine presets, with and without batch norms merged, on signed inputs."""
import copy
import pathlib
import tempfile

import numpy as np
import torch
import zennit.composites
from zennit.attribution import Gradient
from zennit.canonizers import SequentialMergeBatchNorm
from zennit.layer import Sum

import nets
from command import Lrproof, Refused

TOLERANCE = 1e-5
SAMPLES = 8
TARGET = 2
PRESETS = ["epsilon-gamma-box", "epsilon-plus", "epsilon-alpha2-beta1", "epsilon-plus-flat",
           "epsilon-alpha2-beta1-flat", "deconvnet", "guided-backprop", "excitation-backprop", "beta-smooth"]
# These two send relevance to inactive units, where windows tie at 0: torch picks the first position, lrproof splits.
SPREAD_OVER_TIES = {"deconvnet", "beta-smooth"}


def merged(model):
    """Zennit's own merge on a copy. Zennit 0.5.1 leaves the merged norm's epsilon in place, so that it still divides by
    sqrt(1 + eps); the copy has it set to 0, as the upstream fix does (zennit pull request 171)."""
    model = copy.deepcopy(model)
    SequentialMergeBatchNorm().apply(model)
    left = 0
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            left += module.eps != 0
            module.eps = 0.0
    return model, left


def relevance(model, preset, inputs):
    """Zennit's relevance in float64, started from the target's value."""
    kind = zennit.composites.COMPOSITES[preset.replace("-", "_")]
    bounds = {}
    if preset == "epsilon-gamma-box":
        bounds = {"low": torch.full_like(inputs[:1], nets.LOW), "high": torch.full_like(inputs[:1], nets.HIGH)}

    def start(output):
        mask = torch.zeros_like(output)
        mask[:, TARGET] = 1
        return mask * output.detach()

    with Gradient(model, kind(**bounds), attr_output=start) as attributor:
        return attributor(inputs.clone())[1].detach().numpy()


def by_hand(model, inputs, epsilon=1e-6):
    """The epsilon rule on dense layers and ReLUs in plain numpy: does our use of Zennit mean what we think?"""
    layers = [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in model if isinstance(m, torch.nn.Linear)]
    acts, pre = [inputs.numpy()], []
    for weight, bias in layers:
        pre.append(acts[-1] @ weight.T + bias)
        acts.append(np.maximum(pre[-1], 0))
    r = np.zeros_like(pre[-1])
    r[:, TARGET] = pre[-1][:, TARGET]
    for (weight, _), a, z in zip(reversed(layers), reversed(acts[:-1]), reversed(pre)):
        r = a * ((r / (z + np.where(z >= 0, epsilon, -epsilon))) @ weight)
    return r


def networks():
    for name, (with_modules, shape), plain in [
            ("mlp", nets.mlp(), None), ("conv-norm-maxpool-relu-avgpool", nets.conv_pool_first(), None),
            ("conv-norm-relu-maxpool-avgpool", nets.conv_relu_first(), None),
            ("resnet", nets.resnet(Sum), nets.resnet()[0])]:
        nets.randomise(with_modules, seed=len(name))
        if plain is None:
            plain = with_modules
        else:
            plain.load_state_dict(with_modules.state_dict())
            plain.eval()
        yield name, with_modules.double(), plain.double(), nets.signed_inputs(shape, SAMPLES, seed=7).double()


def compare(tally, lrproof, folder):
    print(f"Zennit, nine presets, float64, {SAMPLES} signed inputs a network, relevance started from output {TARGET}")
    for name, model, plain, inputs in networks():
        if name == "mlp":
            gap = nets.largest_relative_difference(by_hand(model, inputs), relevance(model, "epsilon-plus", inputs))
            tally.check("numpy by hand, epsilon-plus on the mlp", gap, 1e-12)
        path = pathlib.Path(folder) / f"{name}.onnx"
        nets.export(plain, inputs, path)
        folded, left = merged(model)
        if left:
            print(f"     {name}: Zennit left the epsilon of {left} merged norms in place; set to 0 on the copy")
        if name == "resnet":
            with_sum, without = (np.abs(relevance(m, "epsilon-plus", inputs)).sum() for m in (model, plain))
            print("     resnet: without zennit.layer.Sum the addition is no module, no rule meets it, and each path "
                  f"gets the full relevance: sum of |R| {without / with_sum:.3g} times as large")
        for preset in PRESETS:
            for canonize, theirs in ((None, model), ("batchnorm-into-affine", folded)):
                if canonize and not left:
                    continue
                label = f"zennit-{preset} on {name}{', norms merged' if canonize else ''}"
                if name == "conv-norm-relu-maxpool-avgpool" and preset in SPREAD_OVER_TIES:
                    tally.skip(label, "relevance at tied windows: torch takes the first, lrproof splits")
                    continue
                expected = relevance(theirs, preset, inputs)
                if lrproof is None:
                    tally.skip(label, f"no lrproof given; Zennit's largest |R| is {np.abs(expected).max():.3g}")
                    continue
                try:
                    ours = lrproof.attribute(path, f"zennit-{preset}", inputs.float().numpy(), TARGET, canonize,
                                             (nets.LOW, nets.HIGH))
                except Refused as refusal:
                    tally.fail(label, str(refusal))
                    continue
                tally.check(label, nets.largest_relative_difference(ours, expected), TOLERANCE)


def run(tally, binary):
    torch.manual_seed(0)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        compare(tally, Lrproof(binary, folder) if binary else None, folder)
