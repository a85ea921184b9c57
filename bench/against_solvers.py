#!/usr/bin/env python3
"""lrproof beside general solvers on the same questions, in one run: root.exists, root.inside (four rules, unit by unit)
and gxi.reduces over a cell and a small box, each also as one formula from the input on (smt_questions.py) for every Z3
given, and what Marabou can express for Marabou. Prints tables of answers, processor seconds, ratios and memory, and
exits 1 where an exact answer contradicts lrproof's. Needs numpy.

    python3 bench/against_solvers.py --lrproof PROGRAM [--z3 PROGRAM]... [--marabou PYTHON] [--out FILE.md]
        [--network FILE.onnx,LOW,HIGH,RADIUS]... [--limit 60] [--only WORDS] [--rules WORDS]

--marabou: a Python that imports maraboupy. Without --network: the networks of tests/models, and those that
examples/train/train_dense.py --out build/bench 784-256-256-10 64-64-64-10 has made. A solver that does not answer
within the limit gives a lower bound of the ratio, printed as "> N". Programs run one at a time, lrproof with one
thread.
"""
import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass, field

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
import smt_questions
from measured import run
from networks import preactivations, read_network, relevance_is_zero
from scope_growth import ROOT, write_network

DIRECTIONS = ("dtd-w2", "dtd-x", "dtd-zb", "dtd-z-plus")
REDUCTIONS = ("lrp-0", "lrp-w2")
MODELS = (("tests/models/acasxu_1_1.onnx", -1, 1, "1/1000"), ("tests/models/verix_mnist_10x2.onnx", 0, 1, "1/255"),
          ("tests/models/dnnv_mnist_relu_3_50.onnx", 0, 1, "1/255"),
          ("build/bench/dense_784-256-256-10.onnx", 0, 1, "1/255"),
          ("build/bench/dense_64-64-64-10.onnx", 0, 1, "1/255"))
COMPOSED = 64  # inputs up to which a question over a cell is also asked multiplied out
# what the solver must not say of "is there an input ...": of lrproof's answer
FORBIDDEN = {"always": "sat", "never": "unsat", "sometimes": "unsat", "not-always": "unsat"}


@dataclass
class Case:
    """A network at an input."""
    name: str
    path: str
    low: float
    high: float
    radius: str
    layers: list
    x: np.ndarray
    inputs: str
    z: list
    target: int


@dataclass
class Row:
    where: str
    question: str
    said: str
    seconds: float  # lrproof's, for this question
    whole: float  # of the program that answered it, with all it answered beside
    kilobytes: int
    solved: list = field(default_factory=list)  # (answer, seconds, kilobytes) or a reason, one per solver


def choose_input(layers, low, high):
    """The first of 256 random inputs off every kink that z-plus relevance reaches; else the first off every kink."""
    first = None
    for seed in range(256):
        x = np.random.default_rng(seed).uniform(low, high, layers[0].weight.shape[1]).astype(np.float32)
        z = preactivations(layers, x)
        if any(v == 0 for row in z for v in row):
            continue
        first = x if first is None else first
        if not relevance_is_zero(layers, z, int(np.argmax(np.array(z[-1], dtype=object)))):
            return x
    return first


def make_case(path, low, high, radius, folder):
    layers = read_network(path)
    name = os.path.splitext(os.path.basename(path))[0]
    beside = os.path.splitext(path)[0] + ".npy"
    x = np.load(beside)[0].reshape(-1) if os.path.exists(beside) else choose_input(layers, low, high)
    x = np.asarray(x, dtype=np.float32)
    inputs = os.path.join(folder, name + ".npy")
    np.save(inputs, x[None])
    z = preactivations(layers, x)
    top = [max(v, 0) for v in z[-1]] if layers[-1].relu else z[-1]
    return Case(name, path, low, high, radius, layers, x, inputs, z, top.index(max(top)))


class Bench:
    def __init__(self, asked, folder):
        self.asked, self.folder = asked, folder
        self.rows, self.wrong = [], []

    def audit(self, case, scope, check, rules, jobs=1, radius=None):
        report = os.path.join(self.folder, "report.json")
        if os.path.exists(report):
            os.remove(report)
        argv = [self.asked.lrproof, "audit", case.path, "--inputs", case.inputs, "--rules", rules, "--check", check,
                "--scope", scope, f"--domain={case.low},{case.high}", "--jobs", str(jobs), "--quiet",
                "--allow-unknown", "--report", report]
        argv += ["--radius", radius or case.radius] if scope == "box" else []
        spent = run(argv, 10 * self.asked.limit)
        if not os.path.exists(report):
            return spent, None
        with open(report, encoding="utf-8") as file:
            return spent, [f for f in json.load(file)["findings"] if f["check"] == check]

    def scope(self, case, kind, radius=None, composed=False):
        if kind == "cell":
            return smt_questions.Scope(case.layers, case.z, [(case.low, case.high)] * len(case.x), True, composed)
        r = smt_questions.Fraction(radius or case.radius)
        sides = [(smt_questions.Fraction(float(v)) - r, smt_questions.Fraction(float(v)) + r) for v in case.x]
        sides = [(max(low, case.low), min(high, case.high)) for low, high in sides]
        return smt_questions.Scope(case.layers, case.z, sides, False)

    def solve(self, row, texts, forbidden):
        """Every Z3 on the formula, and on the one multiplied out; remembers what contradicts lrproof."""
        path = os.path.join(self.folder, "question.smt2")
        for _, program in self.asked.solvers * len(texts):
            with open(path, "w", encoding="utf-8") as file:
                file.write(texts[len(row.solved) // len(self.asked.solvers)])
            spent = run([program, path], self.asked.limit)
            said = spent.out.split("\n")[0].strip()
            said = said if said in ("sat", "unsat", "unknown") else "stopped" if spent.stopped else "failed"
            row.solved.append((said, spent.seconds, spent.kilobytes))
            if said == forbidden:
                self.wrong.append(f"{row.where}, {row.question}: lrproof says {row.said}, {program} says {said}")
        self.rows.append(row)
        print("  " + " | ".join(cells(row, self.asked)), flush=True)

    def exists(self, case):
        spent, found = self.audit(case, "cell", "root.exists", "dtd-w2")
        if not found:
            return self.rows.append(Row(f"{case.name}, cell", "root.exists", "no answer", spent.seconds, spent.seconds,
                                        spent.kilobytes))
        said = found[0]["verdict"]
        row = Row(f"{case.name}, cell", "root.exists", said, spent.seconds, spent.seconds, spent.kilobytes)
        return self.solve(row, [smt_questions.exists(self.scope(case, "cell", composed=c), case.target)
                                for c in encodings(case, "cell")], {"proved": "unsat", "refuted": "sat"}.get(said))

    def reductions(self, case, kind, radius=None):
        for rules in REDUCTIONS:
            spent, found = self.audit(case, kind, "gxi.reduces", rules, radius=radius)
            said = found[0]["verdict"] if found else "no answer"
            said = "vacuous" if found and found[0]["vacuous"] else said
            row = Row(f"{case.name}, {kind}", f"gxi.reduces {rules}", said, spent.seconds, spent.seconds,
                      spent.kilobytes)
            self.solve(row, [smt_questions.reduces(self.scope(case, kind, radius, c), rules, case.target)
                             for c in encodings(case, kind)],
                       {"proved": "sat", "refuted": "unsat"}.get(said))

    def roots(self, case, kind, rule_sets=DIRECTIONS, radius=None, label=""):
        for rules in (r for r in rule_sets if r in self.asked.rules):
            spent, found = self.audit(case, kind, "root.inside", rules, radius=radius)
            where = f"{case.name}, {kind}" + (f" {label}" if label else "")
            if found is None:
                print(f"  {where}, root.inside {rules}: no report from lrproof in {spent.seconds:.1f} s")
                continue
            units = chosen(found, len(case.layers), self.asked.units)
            clock = sum(f["cost"]["seconds"] for f in found)
            asked = sum(f["numbers"]["counts"]["places"] - f["numbers"]["counts"]["vacuous"] for f in found)
            print(f"  {where}, root.inside {rules}: {spent.seconds:.2f} s for {asked} roots of both kinds, "
                  f"{spent.seconds / max(asked, 1):.4f} s each", flush=True)
            for finding, unit, said in units:
                part = finding["cost"]["seconds"] / clock / finding["numbers"]["counts"]["places"] if clock else 0
                row = Row(where, f"root.inside {rules} {finding['place']['layer']}:{unit}", said, spent.seconds * part,
                          spent.seconds, spent.kilobytes)
                self.solve(row, [smt_questions.root(self.scope(case, kind, radius, c), rules, finding["place"]["layer"],
                                                    unit, (case.low, case.high), True)
                                 for c in encodings(case, kind)], FORBIDDEN.get(said))


def encodings(case, kind):
    """From the input on; and multiplied out."""
    return (False, True) if kind == "cell" and len(case.x) <= COMPOSED else (False,)


def chosen(found, layers, count):
    """(finding, unit, answer): the first units shown of the first and the middle layer with hinge roots to ask."""
    hinge = [f for f in found if f["place"]["kind"] == "hinge" and not f["vacuous"]]
    hinge = [f for f in hinge if f["place"]["layer"] < layers - 1]
    shown = []
    for finding in [hinge[0], hinge[len(hinge) // 2]][:len(hinge)] if hinge else []:
        units = [(finding, e["place"]["neuron"], e["witness"]["answer"]) for e in finding["exemplars"]
                 if e["witness"].get("answer")]
        shown += units[:count]
    return shown


def times(seconds, own):
    """A ratio; below a millisecond processor time says nothing."""
    ratio = seconds / max(own, 1e-3)
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"


def cells(row, asked):
    own = [row.where, row.question, row.said, f"{row.seconds:.4f} ({row.whole:.2f})", f"{row.kilobytes / 1024:.0f}"]
    missing = 2 * len(asked.solvers) - len(row.solved)
    for answer, seconds, kilobytes in row.solved:
        lower = "> " if answer == "stopped" else ""
        said = f"no answer in {asked.limit} s" if answer == "stopped" else f"{answer}, {seconds:.2f} s"
        answered = answer in ("stopped", "sat", "unsat")
        ratio = f"{lower}{times(seconds, row.seconds)} ({lower}{times(seconds, row.whole)})"
        own += [f"{said}, {kilobytes / 1024:.0f} MB", ratio if answered else "-"]
    return own + ["-", "-"] * missing


def table(bench):
    head = ["network, scope", "question", "lrproof", "seconds (whole run)", "MB"]
    for how in ("", ", multiplied out"):
        for version, _ in bench.asked.solvers:
            head += [f"{version}{how}", "ratio (to the whole run)"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(cells(row, bench.asked)) + " |" for row in bench.rows]


def growth(bench):
    """Widths and radii on random networks, where everything answers for a while; then threads."""
    for width in (2, 4, 8, 16):
        path = os.path.join(bench.folder, f"random 4-{width}-{width}-2.onnx")
        write_network(path, width)
        case = make_case(path, -1, 1, "1/10", bench.folder)
        bench.exists(case)
        bench.roots(case, "cell", ("dtd-w2", "dtd-z-plus"), label=f"{2 * width} facets")
        bench.reductions(case, "cell")
        if width == 4:
            for radius in ("1/100", "1/10", "1/2"):
                bench.roots(case, "box", ("dtd-w2",), radius, f"radius {radius}")
    x = np.load(case.inputs)
    np.save(case.inputs, np.concatenate([x, -x]))
    lines = ["| threads | processor seconds | clock |", "|---|---|---|"]
    for jobs in (1, 2):
        spent, _ = bench.audit(case, "cell", "root.inside", "dtd-z-plus", jobs)
        lines.append(f"| {jobs} | {spent.seconds:.2f} | {spent.clock:.2f} |")
    return ["", f"lrproof alone, root.inside dtd-z-plus over two cells of {case.name}:", "", *lines]


def solvers(programs):
    """(version, program) of each Z3 that runs."""
    found = []
    for program in programs or ["z3"]:
        if shutil.which(program) is None:
            print(f"skipped: {program}: no such program")
            continue
        words = run([program, "--version"]).out.split()
        found.append((f"Z3 {words[2]}" if len(words) > 2 else program, program))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lrproof", required=True)
    parser.add_argument("--z3", action="append", help="a Z3 program; repeatable; default: z3")
    parser.add_argument("--marabou", help="a Python that imports maraboupy")
    parser.add_argument("--network", action="append", help="FILE.onnx,LOW,HIGH,RADIUS; repeatable")
    parser.add_argument("--limit", type=int, default=60, help="processor seconds a solver gets for a question")
    parser.add_argument("--units", type=int, default=1, help="units per layer and rule set")
    parser.add_argument("--rules", default=" ".join(DIRECTIONS), help="rule sets asked for roots, between blanks")
    parser.add_argument("--only", default="exists roots reductions box growth marabou", help="parts, between blanks")
    parser.add_argument("--out", help="the tables as Markdown")
    asked = parser.parse_args()
    asked.lrproof, asked.solvers = os.path.abspath(asked.lrproof), solvers(asked.z3)
    given = [n.split(",") for n in asked.network or []] or [(os.path.join(ROOT, p), *rest) for p, *rest in MODELS]
    with tempfile.TemporaryDirectory() as folder:
        bench, after = Bench(asked, folder), []
        for path, low, high, radius in given:
            if not os.path.exists(path):
                print(f"skipped: {os.path.basename(path)}: see examples/train/train_dense.py")
                continue
            case = make_case(path, int(low), int(high), radius, folder)
            if "exists" in asked.only:
                bench.exists(case)
            if "roots" in asked.only:
                bench.roots(case, "cell")
            if "reductions" in asked.only:
                bench.reductions(case, "cell")
            if "box" in asked.only:
                bench.roots(case, "box")
                bench.reductions(case, "box")
            if "marabou" in asked.only:
                after += marabou(bench, case)
        after = (growth(bench) if "growth" in asked.only and not asked.network else []) + after
    text = "\n".join([*table(bench), *after, ""])
    print("\n" + text)
    if asked.out:
        with open(asked.out, "w", encoding="utf-8") as file:
            file.write(text)
    for line in bench.wrong:
        print(f"CONTRADICTION: {line}")
    return 1 if bench.wrong else 0


def marabou(bench, case):
    """What Marabou can be asked of the network (marabou_question.py), beside lrproof."""
    lines, radius = ["", f"Marabou, {case.name} (in doubles, so that its answers contradict nothing):", ""], case.radius
    if not bench.asked.marabou:
        return lines + ["skipped: no --marabou PYTHON"]
    archive = os.path.join(bench.folder, "question.npz")
    arrays = {f"w{k}": layer.weight for k, layer in enumerate(case.layers)}
    arrays.update({f"b{k}": layer.bias for k, layer in enumerate(case.layers)})
    np.savez(archive, x=case.x, relu=[layer.relu for layer in case.layers], target=case.target, low=case.low,
             high=case.high, radius=float(smt_questions.Fraction(radius)), **arrays)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "marabou_question.py")
    for question, check, scope in (("class", "net.class", "box"), ("exists", "root.exists", "cell")):
        own, found = bench.audit(case, scope, check, "dtd-w2")
        if found is None and "is no check" in own.out:
            said = "not known to this lrproof"
        else:
            said = f"{found[0]['verdict'] if found else 'no answer'}, {own.seconds:.2f} s"
        spent = run([bench.asked.marabou, script, archive, question], bench.asked.limit)
        answer = spent.out.strip().split("\n")[-1]
        if spent.stopped:
            answer = f"no answer in {bench.asked.limit} s"
        lines.append(f"- {check} over a {scope}" + (f" of radius {radius}" if scope == "box" else "") +
                     f": lrproof {said}; Marabou {answer}, {spent.seconds:.2f} s, {spent.kilobytes / 1024:.0f} MB")
        print("  " + lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    sys.exit(main())
