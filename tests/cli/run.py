"""The commands as a user meets them: bad files, bad words, exit codes, whole runs. See docs/reports.md and README.md.

    python3 run.py --lrproof PROGRAM --recheck PROGRAM [--only WORDS]
"""
import argparse
import os
import sys
import tempfile
import traceback

import numpy as np

import arrays
import behaviour
import canonize
import classes
import forge
import lint
import models
import mutations
import norms
import resume
import rewrites
import roots
import rule_laws
import rules
import scopes
import solvers
import symbolic
import usage
from case import faults
from onnx_bytes import dense, model, tensor, two_layers


def prepare(folder):
    """A network, inputs, and the same with another weight."""
    models.write(folder, "good.onnx", two_layers(first=(1.0, -2.0, 0.5, 3.0, 1.5, -1.0)))
    models.write(folder, "other.onnx", two_layers(first=(1.0, -2.0, 0.5, 3.0, 1.5, -2.0)))
    rows = np.array([[1, -2], [0.5, 3], [-1.25, 0.75], [2, 2]], dtype=np.float32)
    np.save(os.path.join(folder, "x.npy"), rows)
    np.save(os.path.join(folder, "zero.npy"), np.zeros((2, 2), dtype=np.float32))
    vanishing(folder)


def vanishing(folder):
    """A layer whose denominator is 1 - 1 = 0 at the only input, under a rule set that starts from 1."""
    models.write(folder, "plane.onnx", model([dense("x", "y", "fc", "w")],
                                             [tensor("w", (2, 2), (1.0, 2.0, -1.0, 3.0))]))
    np.save(os.path.join(folder, "ones.npy"), np.ones((1, 2), dtype=np.float32))
    with open(os.path.join(folder, "one.toml"), "w", encoding="utf-8") as out:
        out.write('[ruleset]\nstart = "one"\n[[assign]]\nto = { op = "dense" }\nrule = "lrp-0"\n')


def table(programs, folder, source, only):
    for module in (models, rules, arrays, usage, forge, symbolic, roots, canonize, lint):
        for case in module.cases(folder, source):
            if only in case.name:
                yield case.name, faults(case, programs, folder)


def whole_runs(programs, folder, source, only):
    for name, test in [*behaviour.tests(programs, folder, source), *forge.tests(programs, folder, source),
                       *scopes.tests(programs, folder, source), *mutations.tests(programs, folder, source),
                       *roots.tests(programs, folder, source), *resume.tests(programs, folder, source),
                       *symbolic.tests(programs, folder, source), *classes.tests(programs, folder, source),
                       *rule_laws.tests(programs, folder, source), *canonize.tests(programs, folder, source),
                       *norms.tests(programs, folder, source), *lint.tests(programs, folder, source),
                       *rewrites.tests(programs, folder, source),
                       *solvers.tests(programs, folder, source)]:
        if only not in name:
            continue
        try:
            test()
            yield name, []
        except Exception:  # pylint: disable=broad-except
            yield name, [traceback.format_exc(limit=-3)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lrproof", required=True)
    parser.add_argument("--recheck", required=True)
    parser.add_argument("--source", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("--only", default="")
    asked = parser.parse_args()
    programs = {"lrproof": os.path.abspath(asked.lrproof), "recheck": os.path.abspath(asked.recheck)}
    source = os.path.abspath(asked.source)
    passed = failed = 0
    with tempfile.TemporaryDirectory() as outer:
        folder = os.path.join(outer, "work")
        os.mkdir(folder)
        prepare(folder)
        for part in (table, whole_runs):
            for name, wrong in part(programs, folder, source, asked.only):
                passed, failed = passed + (not wrong), failed + bool(wrong)
                if wrong:
                    print(f"FAILED {name}", *wrong, sep="\n    ", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
