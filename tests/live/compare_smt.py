"""The questions that lrproof writes as SMT-LIB, put to two other solvers: cvc5 and the newest Z3.

Roots over a cell: where both decide they must agree, and neither may contradict what lrproof says of the unit: "always"
has no input with its root outside, "never" none with its root inside, and the others have what they name. Laws of rules:
a proved law has no unit that breaks it, a refuted one has some at fan-in 1 to 3.
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
LAWS_OF = ["lrp-0", "epsilon", "z-plus", "w-square"]
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


def ask_both(path, count):
    said = [ask_cvc5(path), ask_z3(path)]
    if "unknown" not in said:
        count["both"], count["same"] = count["both"] + 1, count["same"] + (said[0] == said[1])
    return said


def compare_laws(tally, binary):
    """Rules by themselves: seven laws, fan-in 1 to 3."""
    count = {"both": 0, "same": 0}
    compared = contradicted = 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        done = subprocess.run([binary, "rules", "audit", *LAWS_OF, "--smt", "--dump-smt", str(folder), "--format", "json"],
                              capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"exit {done.returncode}: {done.stderr.strip()[:200]}")
        for rule in json.loads(done.stdout)["rules"]:
            for answer in rule["answers"]:
                law = re.sub(r"[^A-Za-z0-9-]", "_", answer["law"])
                paths = sorted(folder.glob(f"{rule['name']}-{law}-fan-in-?.smt2"))
                if answer["shape"] != "dense" or not paths:
                    continue
                said = [word for path in paths for word in ask_both(path, count)]
                compared += 1
                contradicted += answer["verdict"] == "proved" and "sat" in said
                contradicted += answer["verdict"] == "refuted" and set(said) == {"unsat"}
    if not count["both"] or not compared:
        return tally.fail("smt laws", f"nothing to compare: {count}, {compared} answers of lrproof")
    tally.check(f"smt: cvc5 and Z3 on {count['both']} questions about laws of rules", count["both"] - count["same"], 0)
    return tally.check(f"smt: neither contradicts lrproof on {compared} laws", contradicted, 0)


def run(tally, binary):
    if shutil.which("cvc5") is None:
        raise ImportError("no cvc5 (apt install cvc5)")
    if binary is None:
        return tally.skip("smt", "skipped: no lrproof given")
    count = {"both": 0, "same": 0}
    compared = contradicted = 0
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            known = answers(audit(str(pathlib.Path(binary).resolve()), folder, seed))
            for path in sorted((folder / "smt").glob("*.smt2")):
                said = ask_both(path, count)
                where = re.fullmatch(r"(.*)-input(\d+)-output\d+-layer(\d+)-(\w+)-unit(\d+)-region\d+-(\w+)", path.stem)
                rules, which, layer, kind, unit, side = where.groups()
                word = known.get((rules, int(which), int(layer), kind, int(unit)))
                forbidden = FORBIDDEN.get(word, {}).get(side)
                compared += forbidden is not None
                contradicted += forbidden is not None and forbidden in said
    if not count["both"] or not compared:
        return tally.fail("smt", f"nothing to compare: {count}, {compared} answers of lrproof")
    tally.check(f"smt: cvc5 and Z3 {z3.get_version_string()} on {count['both']} questions", count["both"] - count["same"], 0)
    compare_laws(tally, str(pathlib.Path(binary).resolve()))
    return tally.check(f"smt: neither contradicts lrproof on {compared} answers", contradicted, 0)
