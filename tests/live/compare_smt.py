"""The questions about roots over a cell that lrproof writes as SMT-LIB, put to two other solvers: cvc5 and the newest Z3.

Where both decide they must agree, and neither may contradict what lrproof says of the unit: "always" has no input with
its root outside, "never" none with its root inside, and the others have what they name.
"""
import json
import pathlib
import re
import shutil
import subprocess
import tempfile

import numpy as np
import torch
import z3
from torch import nn

from nets import export, randomise

RULES = ["dtd-w2", "dtd-x", "dtd-z-plus", "dtd-gamma"]
SEEDS, INPUTS, MILLISECONDS = 3, 2, 4000
# lrproof's answer -> what the two questions must not be answered
FORBIDDEN = {"always": {"outside": "sat"}, "never": {"inside": "sat"}, "not-always": {"outside": "unsat"},
             "sometimes": {"outside": "unsat", "inside": "unsat"}}


def ask_cvc5(path):
    done = subprocess.run(["cvc5", f"--tlimit={MILLISECONDS}", "--lang=smt2", str(path)], capture_output=True, text=True,
                          timeout=60)
    said = done.stdout.strip()
    return said if said in ("sat", "unsat") else "unknown"


def ask_z3(path):
    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", MILLISECONDS)
    solver.from_file(str(path))
    return str(solver.check())


def audit(binary, folder, seed):
    model = randomise(nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)), seed)
    inputs = torch.randn((INPUTS, 2), generator=torch.Generator().manual_seed(100 + seed))
    export(model, inputs, folder / "m.onnx")
    np.save(folder / "x.npy", inputs.numpy())
    command = [binary, "audit", str(folder / "m.onnx"), "--inputs", str(folder / "x.npy"), "--target", "0",
               "--domain=-4,4", "--scope", "cell", "--check", "root.inside", "--witnesses", "100",
               "--dump-smt", str(folder / "smt"), "--report", str(folder / "r.json"), "--quiet", "--allow-unknown"]
    for name in RULES:
        command += ["--rules", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[:200]}")
    return json.loads((folder / "r.json").read_text())


def answers(report):
    """(rule set, input, layer, kind, unit) -> lrproof's answer, as far as the report shows them."""
    known = {}
    for finding in report["findings"]:
        for exemplar in finding["exemplars"]:
            word = exemplar["witness"].get("answer")
            if word:
                place = finding["place"]
                known[finding["rule_set"], exemplar["place"]["input"], place["layer"], place["kind"],
                      exemplar["place"]["neuron"]] = word
    return known


def run(tally, binary):
    if shutil.which("cvc5") is None:
        raise ImportError("no cvc5 (apt install cvc5)")
    if binary is None:
        return tally.skip("smt", "skipped: no lrproof given")
    both = same = compared = contradicted = 0
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            known = answers(audit(str(pathlib.Path(binary).resolve()), folder, seed))
            for path in sorted((folder / "smt").glob("*.smt2")):
                said = [ask_cvc5(path), ask_z3(path)]
                if "unknown" not in said:
                    both, same = both + 1, same + (said[0] == said[1])
                where = re.fullmatch(r"(.*)-input(\d+)-output\d+-layer(\d+)-(\w+)-unit(\d+)-region\d+-(\w+)", path.stem)
                rules, which, layer, kind, unit, side = where.groups()
                word = known.get((rules, int(which), int(layer), kind, int(unit)))
                forbidden = FORBIDDEN.get(word, {}).get(side)
                compared += forbidden is not None
                contradicted += forbidden is not None and forbidden in said
    if not both or not compared:
        return tally.fail("smt", f"nothing to compare: {both} questions decided by both, {compared} answers of lrproof")
    tally.check(f"smt: cvc5 and Z3 {z3.get_version_string()} on {both} questions", both - same, 0)
    return tally.check(f"smt: neither contradicts lrproof on {compared} answers", contradicted, 0)
