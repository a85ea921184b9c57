"""Captum's epsilon rule against the same formula in a rule file; the published neurons in the real libraries."""
import json
import pathlib
import re
import tempfile
from fractions import Fraction

import numpy as np
import torch
from captum.attr import LRP
from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule, GammaRule

import nets
from command import Lrproof, Refused

TOLERANCE = 1e-5
NEURON_TOLERANCE = 1e-7
TARGET = 1
CASES = pathlib.Path(__file__).resolve().parent.parent / "cases" / "rule"
EPSILON_RULE_FILE = """
[ruleset]
name = "captum-epsilon"
source = "Captum's EpsilonRule: z + s(z) 1e-9 with s(0) = 1, on dense layers; ReLU passes relevance on"
[[assign]]
to = { op = "dense" }
rule = { name = "epsilon", epsilon = "1e-9" }
[[assign]]
to = { op = "activation" }
rule = "pass"
"""


def with_rules(model, rule):
    for module in model.modules():
        if isinstance(module, torch.nn.Linear):
            module.rule = rule()
    return model


def captum_relevance(model, inputs, target):
    return LRP(model).attribute(inputs.clone(), target=target).detach().numpy()


def zennit_relevance(model, inputs, hook):
    from zennit.attribution import Gradient
    from zennit.composites import LayerMapComposite
    composite = LayerMapComposite(layer_map=[(torch.nn.Linear, hook)])
    with Gradient(model, composite, attr_output=lambda output: output.detach()) as attributor:
        return attributor(inputs.clone())[1].detach().numpy()


def published_neurons():
    """(library, neuron, rule, weights, bias, point, relevance) of every case that states a library's true value."""
    number = lambda entry: float(Fraction(str(entry)))
    for file in sorted(CASES.glob("published_neurons_*.case")):
        for body in file.read_text().split("=====\n"):
            title = re.search(r"#: case +neuron (\w+), ([\w-]+), (\w+) formula$", body, re.M)
            if title is None or "#: truth   holds" not in body:
                continue
            weight, bias, point, expect = (
                json.loads(re.search(pattern, body).group(1)) for pattern in (
                    r"weight (\[\[.*?\]\])", r"bias (\[.*?\])\n", r"points = \[(\[.*?\])\]", r"expect +=\s(\[.*?\])\n"))
            yield (title[3], title[1], title[2], [[number(w) for w in row] for row in weight],
                   [number(b) for b in bias], [number(a) for a in point], [number(r) for r in expect])


def compare_neurons(tally):
    from zennit import rules
    zennit_hooks = {"z-plus": rules.ZPlus, "alpha2-beta1": lambda: rules.AlphaBeta(alpha=2, beta=1),
                    "gamma": lambda: rules.Gamma(gamma=0.25), "w-square": rules.WSquare,
                    "epsilon": lambda: rules.Epsilon(epsilon=1e-6)}
    captum_rules = {"z-plus": Alpha1_Beta0_Rule, "gamma": lambda: GammaRule(gamma=0.25), "epsilon": EpsilonRule}
    print("The published neurons (tests/cases/rule/published_neurons_*.case) run in the real libraries")
    for library, neuron, rule, weight, bias, point, expected in published_neurons():
        label = f"{library} {rule}, neuron {neuron}"
        if library not in ("zennit", "captum"):
            tally.skip(label, "not run live: this library is not installed; the numbers follow from its formula")
            continue
        model = torch.nn.Linear(len(point), 1).double()
        with torch.no_grad():
            model.weight.copy_(torch.tensor(weight, dtype=torch.double))
            model.bias.copy_(torch.tensor(bias, dtype=torch.double))
        inputs = torch.tensor([point], dtype=torch.double)
        if library == "zennit":
            found = zennit_relevance(model, inputs, zennit_hooks[rule]())
        else:
            found = captum_relevance(with_rules(torch.nn.Sequential(model), captum_rules[rule]), inputs, 0)
        tally.check(label, nets.largest_relative_difference(found, [expected]), NEURON_TOLERANCE)


def compare_epsilon(tally, lrproof, folder):
    print("Captum, epsilon rule on the mlp, float64")
    model, shape = nets.mlp()
    model = nets.randomise(model, seed=3).double()
    inputs = nets.signed_inputs(shape, 8, seed=11).double()
    label = "captum EpsilonRule on the mlp"
    expected = captum_relevance(model, inputs, TARGET)
    if lrproof is None:
        tally.skip(label, f"no lrproof given; Captum's largest |R| is {np.abs(expected).max():.3g}")
        return
    path, rules = pathlib.Path(folder) / "mlp.onnx", pathlib.Path(folder) / "captum-epsilon.toml"
    nets.export(model, inputs, path)
    rules.write_text(EPSILON_RULE_FILE)
    try:
        ours = lrproof.attribute(path, rules, inputs.float().numpy(), TARGET)
    except Refused as refusal:
        tally.fail(label, str(refusal))
        return
    tally.check(label, nets.largest_relative_difference(ours, expected), TOLERANCE)


def run(tally, binary):
    torch.set_num_threads(1)
    compare_neurons(tally)
    with tempfile.TemporaryDirectory() as folder:
        compare_epsilon(tally, Lrproof(binary, folder) if binary else None, folder)
