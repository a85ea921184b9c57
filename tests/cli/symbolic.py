"""`lrproof attribute --symbolic`: formulas, evaluated here from their text, against --exact at inputs on and off the cell."""
import json
import os
import re
from fractions import Fraction

import numpy as np

from case import Case, run

ASK = ["attribute", "good.onnx", "--rules", "lrp-epsilon", "--inputs", "x.npy", "--symbolic"]
RULES = ["lrp-0", "lrp-epsilon", "lrp-gamma", "dtd-z-plus", "lrp-alpha2-beta1", "rectgrad", "guided-backprop"]
HOLDS = {"<": lambda v: v < 0, "<=": lambda v: v <= 0, "=": lambda v: v == 0, ">=": lambda v: v >= 0,
         ">": lambda v: v > 0, "!=": lambda v: v != 0}
NAME = r"[A-Za-z_.][^\s()*/+-]*\[\d+\]|t\d+"


def mistakes():
    """(name, arguments, words of the error)."""
    plain = [word for word in ASK if word != "--symbolic"]
    yield "no output", plain, ["-o"]
    yield "with a map", [*ASK, "-o", "r.npy"], ["--smt"]
    yield "with --exact", [*ASK, "--exact"], ["--exact"]
    yield "with --precision", [*ASK, "--precision", "double"], ["--precision"]
    yield "input without", [*plain, "-o", "r.npy", "--input", "1"], ["--symbolic"]
    yield "feature without", [*plain, "-o", "r.npy", "--feature", "1"], ["--symbolic"]
    yield "smt without", [*plain, "-o", "r.npy", "--smt", "f.smt2"], ["--symbolic"]
    yield "input beyond", [*ASK, "--input", "4"], ["--input 4", "0 to 3"]
    yield "input and limit", [*ASK, "--input", "1", "--limit", "1"], ["--limit"]
    yield "feature beyond", [*ASK, "--feature", "2"], ["--feature 2", "0 to 1"]
    yield "feature: no number", [*ASK, "--feature", "-1"], ["--feature"]
    yield "smt of many", [*ASK, "--smt", "f.smt2"], ["--input K"]
    yield "smt over the model", [*ASK, "--input", "0", "--smt", "good.onnx"], [".smt2"]
    yield "smt folder", [*ASK, "--input", "0", "--smt", "nowhere/f.smt2"], ["nowhere"]
    yield "target", [*ASK, "--target", "2"], ["0 to 1"]
    yield "a kink", ["attribute", "good.onnx", "--rules", "lrp-0", "--inputs", "s_kink.npy", "--symbolic"], \
        ["input 0", "fc1[0]", "edge"]
    yield "beta-smooth", ["attribute", "good.onnx", "--rules", "zennit-beta-smooth", "--inputs", "x.npy", "--symbolic"], \
        ["beta-smooth"]
    yield "smooth", ["attribute", "tanh.onnx", "--rules", "lrp-0", "--inputs", "x.npy", "--symbolic"], ["Tanh"]
    yield "damaged model", ["attribute", "half.onnx", "--rules", "lrp-0", "--inputs", "x.npy", "--symbolic"], ["half.onnx"]


def cases(folder, source):
    # The first hidden unit is x_0 + 3 x_1 + 1/4: 0 at (-1/4, 0).
    np.save(os.path.join(folder, "s_kink.npy"), np.array([[-0.25, 0.0]], dtype=np.float32))
    for name, argv, words in mistakes():
        yield Case(f"symbolic: {name}", argv, 2, words)
    digits = [os.path.join(source, "examples", *parts) for parts in (("models", "digits_resnet.onnx"),
                                                                     ("data", "digits_images.npy"))]
    yield Case("symbolic: a large network", ["attribute", digits[0], "--rules", "lrp-epsilon", "--inputs", digits[1],
                                             "--symbolic", "--limit", "1"], 2, ["multiply-adds"])


def value(text, names):
    """An infix formula in exact fractions."""
    known = {}

    def word(found):
        known[f"v{len(known)}"] = names[found.group(0)] if found.group(0) in names else Fraction(found.group(0))
        return f"v{len(known) - 1}"

    return Fraction(eval(re.sub(NAME + r"|\d+", word, text), {}, known))  # pylint: disable=eval-used


def evaluate(formula, x):
    """(the map, whether all conditions hold) of a formula as JSON at other inputs."""
    names = {variable["name"]: v for variable, v in zip(formula["variables"], x)}
    for part in formula["definitions"]:
        names[part["name"]] = value(part["is"], names)
    holds = all(HOLDS[c["relation"]](value(c["expression"], names)) for c in formula["conditions"])
    return [value(r["is"], names) for r in formula["relevance"]], holds


class Whole:
    def __init__(self, programs, folder):
        self.programs, self.folder = programs, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def ask(self, *argv):
        done = run(self.programs, argv, self.folder)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    def formulas(self, *extra, rules="lrp-epsilon", model="good.onnx"):
        argv = ["attribute", model, "--rules", rules, "--inputs", "x.npy", "--symbolic", "--format", "json", *extra]
        return json.loads(self.ask(*argv))["formulas"]

    def exact(self, rules, inputs, target):
        np.save(self.path("s_there.npy"), inputs)
        self.ask("attribute", "good.onnx", "--rules", rules, "--inputs", "s_there.npy", "--exact", "--target",
                 str(target), "-o", "s_map.json")
        with open(self.path("s_map.json"), encoding="utf-8") as file:
            return [[Fraction(v) for v in row] for row in json.load(file)["relevance"]]

    def test_formulas_are_the_exact_maps_wherever_their_conditions_hold(self):
        rng = np.random.default_rng(11)
        inside = outside = 0
        for rules in RULES:
            for formula in self.formulas(rules=rules):
                here = [Fraction(v["at_input"]) for v in formula["variables"]]
                around = [here, *([h + Fraction(int(n), 1024) for h, n in zip(here, rng.integers(-size, size + 1, 2))]
                                  for size in (4, 64, 1024, 4096))]
                exact = self.exact(rules, np.array([[float(v) for v in x] for x in around]), formula["target"])
                assert [Fraction(r["at_input"]) for r in formula["relevance"]] == exact[0]
                assert evaluate(formula, here)[1]
                for x, truth in zip(around, exact):
                    try:
                        found, holds = evaluate(formula, x)
                    except ZeroDivisionError:
                        continue
                    inside, outside = inside + holds, outside + (not holds)
                    assert not holds or found == truth, (rules, x)
        assert inside > 60 and outside > 20, (inside, outside)

    def test_one_feature_is_the_same_formula(self):
        one, = self.formulas("--input", "1", "--feature", "1")
        whole, = self.formulas("--input", "1")
        assert [r["feature"] for r in one["relevance"]] == [1]
        x = [Fraction(1, 3), Fraction(22, 7)]
        assert evaluate(one, x)[0][0] == evaluate(whole, x)[0][1]
        assert one["conditions"] and len(one["conditions"]) == len(whole["conditions"])

    def test_text_says_what_json_says(self):
        text = self.ask(*ASK, "--input", "2")
        formula, = self.formulas("--input", "2")
        flat = re.sub(r"\s+", " ", text)
        for part in formula["definitions"] + formula["relevance"]:
            assert f"{part['name']} = {part['is']}" in flat, part
        for c in formula["conditions"]:
            assert f"{c['expression']} {c['relation']} 0" in flat, c
        assert text.startswith("input 2: ") and "wherever" in text
        assert not self.ask(*ASK, "--quiet")

    def test_smt_defines_before_use(self):
        self.ask(*ASK, "--input", "0", "--smt", "s.smt2", "--quiet")
        with open(self.path("s.smt2"), encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if not line.startswith(";")]
        assert lines[0] == "(set-logic QF_NRA)"
        known = set()
        for line in lines:
            assert line.count("(") == line.count(")"), line
            made = re.match(r"\((?:declare|define)-fun (\|[^|]+\|) \(\) Real", line)
            used = re.findall(r"\|[^|]+\|", line)[1 if made else 0:]
            assert set(used) <= known, line
            assert made or line.startswith("(assert ") or line.startswith("(set-logic "), line
            if made:
                assert made.group(1) not in known, line
                known.add(made.group(1))
        formula, = self.formulas("--input", "0")
        assert {f"|{r['name']}|" for r in formula["relevance"]} <= known
        assert sum(line.startswith("(assert ") for line in lines) == len(formula["conditions"])


def tests(programs, folder, _source):
    whole = Whole(programs, folder)
    return [("symbolic: " + name[5:].replace("_", " "), getattr(whole, name)) for name in dir(whole)
            if name.startswith("test_")]
