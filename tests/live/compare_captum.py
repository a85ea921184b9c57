"""Captum against the shipped captum-* rule sets; the published neurons in the real libraries."""
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
LINEAR_RULES = {"captum-default": EpsilonRule, "captum-gamma": GammaRule, "captum-alpha1-beta0": Alpha1_Beta0_Rule}


def with_rules(model, rule):
    for module in model.modules():
        if isinstance(module, (torch.nn.Linear, torch.nn.Conv2d)):
            module.rule = rule()
        if isinstance(module, torch.nn.Flatten):  # Captum has no default there; R x / (x + 1e-9 sign x) is R to rounding
            module.rule = EpsilonRule()
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


def compare_rule_sets(tally, lrproof, folder):
    print("The shipped captum-* rule sets, float64")
    for name, build in (("mlp", nets.mlp), ("conv, norm, max pool, average pool", nets.conv_pool_first)):
        model, shape = build()
        model = nets.randomise(model, seed=3).double().eval()
        inputs = nets.signed_inputs(shape, 8, seed=11).double()
        path = pathlib.Path(folder) / f"{build.__name__}.onnx"
        nets.export(model, inputs, path)
        for rules, linear in LINEAR_RULES.items():
            label = f"{rules} on the {name}"
            expected = captum_relevance(with_rules(model, linear), inputs, TARGET)
            if lrproof is None:
                tally.skip(label, f"no lrproof given; Captum's largest |R| is {np.abs(expected).max():.3g}")
                continue
            try:
                ours = lrproof.attribute(path, rules, inputs.float().numpy(), TARGET)
            except Refused as refusal:
                tally.fail(label, str(refusal))
                continue
            tally.check(label, nets.largest_relative_difference(ours, expected), TOLERANCE)


def run(tally, binary):
    torch.set_num_threads(1)
    compare_neurons(tally)
    with tempfile.TemporaryDirectory() as folder:
        compare_rule_sets(tally, Lrproof(binary, folder) if binary else None, folder)
