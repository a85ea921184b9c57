"""lint: exit codes by level, reports, and what stands in a model file only: shared weights, norms in training."""
import json
import os
from fractions import Fraction

import jsonschema
import numpy as np

import models
from case import Case, run
from onnx_bytes import dense, model, node, tensor

WEIGHT = (1.0, 2.0, -1.0, 3.0)


def trained(outputs, opset=15, **attributes):
    """A norm that may run as in training; the network reads its first output."""
    words = ("gamma", "beta", "mean", "variance")
    tensors = [tensor(w, (2,), v) for w, v in zip(words, ([1.0, 2.0], [0.0, 1.0], [0.0, 0.5], [1.0, 4.0]))]
    return model([dense("x", "h", "fc", "w"), node("BatchNormalization", ["h", *words], ["n", *outputs], "bn",
                                                   epsilon=0.25, **attributes), node("Relu", ["n"], ["y"], "relu")],
                 [tensor("w", (2, 2), WEIGHT), *tensors], opset=opset)


def twice(second):
    """Two layers; `second` names the weight of the second one."""
    return model([dense("x", "h", "fc1", "w"), node("Relu", ["h"], ["a"], "relu"), dense("a", "y", "fc2", second)],
                 [tensor("w", (2, 2), WEIGHT), tensor("v", (2, 2), WEIGHT)])


def dropped(training):
    """A dropout with its third operand."""
    flag = tensor("flag", (1,), (training,), kind=7)
    return model([dense("x", "h", "fc", "w"), node("Dropout", ["h", "ratio", "flag"], ["y"], "drop")],
                 [tensor("w", (2, 2), WEIGHT), tensor("ratio", (1,), (0.5,)), flag])


def residual():
    return model([node("Relu", ["x"], ["r"], "relu"), dense("r", "f", "fc", "w", "b"),
                  node("Add", ["r", "f"], ["y"], "sum")],
                 [tensor("w", (2, 2), WEIGHT), tensor("b", (2,), (0.5, -0.25))])


RULES = {
    "l-split.toml": '[[assign]]\nto = { op = "affine" }\nrule = "epsilon"\n',
    "l-typo.toml": '[[assign]]\nto = { name = "fcc" }\nrule = "flat"\n\n[[assign]]\nto = { op = "affine" }\n'
                   'rule = "z-plus"\n',
    "l-none.toml": '[[assign]]\nto = { op = "dense" }\nrule = "epsilon"\n',
    "l-box.toml": '[[assign]]\nto = { op = "affine" }\nrule = "box"\n',
    "l-small.toml": '[[assign]]\nto = { op = "dense" }\nrule = { name = "box", low = 0, high = 1 }\n'
                    '[[assign]]\nto = { op = "affine" }\nrule = "z-plus"\n',
    "l-misfit.toml": '[[assign]]\nto = { op = "dense" }\nrule = "winner"\n',
    "l-allowed.toml": '# lrproof: allow A005 sums stay away from 0 on our images\n[[assign]]\nto = { op = "affine" }\n'
                      'rule = "epsilon"\n# lrproof: allow A010 the ledger is read\n',
    "l-unused.toml": '[[assign]]\nto = { op = "affine" }\nrule = "z-plus"\n# lrproof: allow A005 nothing cancels\n',
    "l-no-reason.toml": '[[assign]]\nto = { op = "affine" }\nrule = "z-plus"\n# lrproof: allow A005\n',
    "l-no-rule.toml": '[[assign]]\nto = { op = "affine" }\nrule = "z-plus"\n# lrproof: allow A099 because\n',
    "l-gradient.toml": '[ruleset]\nunmatched = "gradient"\n[[assign]]\nto = { op = "dense" }\nrule = "epsilon"\n',
}


def write_all(folder):
    for name, made in {
            "training": trained(["m", "v"], training_mode=1), "old-training": trained(["m", "v", "s", "t"], opset=9),
            "inference": trained([]), "shared": twice("w"), "apart": twice("v"), "residual": residual(),
            "dropping": dropped(1), "kept": dropped(0)}.items():
        models.write(folder, f"l-{name}.onnx", made)
    for name, text in RULES.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
            out.write(text)


def cases(folder, _source):
    write_all(folder)
    good = ["lint", "l-residual.onnx", "--rules"]
    yield Case("lint: nothing at the level", [*good, "l-split.toml", "--allow-unknown"], 0, ["A010", "A005"])
    yield Case("lint: a warning is at the level", [*good, "l-split.toml", "--fail-on", "warning", "--domain=-1,1"], 1,
               ["A005", "sum", "opposite signs"])
    yield Case("lint: a note is at the level", [*good, "l-split.toml", "--fail-on", "note", "--check", "A010"], 1,
               ["A010"])
    yield Case("lint: never", [*good, "l-typo.toml", "--fail-on", "never"], 0, ["A023"])
    yield Case("lint: a name that matches nothing", [*good, "l-typo.toml"], 1, ["l-typo.toml:1", "A023", "did you mean"])
    yield Case("lint: a sum without a rule", [*good, "l-gradient.toml"], 1, ["A004", "sum"])
    yield Case("lint: no rule at all", [*good, "l-none.toml"], 1, ["A001", "sum", "op = \"add\""])
    yield Case("lint: unknown is 3", [*good, "l-box.toml", "--domain", "0,1", "--check", "A020", "--budget", "1"], 3,
               ["A020", "unknown", "budget"])
    yield Case("lint: unknown is allowed", [*good, "l-box.toml", "--domain", "0,1", "--check", "A020", "--budget", "1",
                                            "--allow-unknown"], 0, ["A020"])
    yield Case("lint: a finding wins over unknown", [*good, "l-small.toml", "--domain", "0,4"], 1, ["A020"])
    yield Case("lint: allowed findings have no level", [*good, "l-allowed.toml", "--domain=-1,1", "--fail-on", "note"], 0,
               ["Allowed", "A005", "our images", "A010"])
    yield Case("lint: an allowance that nothing needs", [*good, "l-unused.toml", "--domain=-1,1", "--fail-on", "note",
                                                         "--check", "A005", "--check", "A023"], 1,
               ["A023", "l-unused.toml:4", "A005"])
    yield Case("lint: an allowance of what is not asked", [*good, "l-unused.toml", "--fail-on", "note", "--check",
                                                           "A004"], 0, [])
    yield Case("lint: an allowance without a reason", [*good, "l-no-reason.toml"], 2, ["l-no-reason.toml:4:1", "reason"])
    yield Case("lint: an allowance of no lint rule", [*good, "l-no-rule.toml"], 2, ["l-no-rule.toml:4", "A099"])
    yield Case("lint: bad level", [*good, "l-split.toml", "--fail-on", "warn"], 2, ["--fail-on warn", "warning"])
    yield Case("lint: a check of audits", [*good, "l-split.toml", "--check", "con.layer"], 2, ["con.layer"])
    yield Case("lint: no such rule", [*good, "l-split.toml", "--check", "A029"], 2, ["A029"])
    yield Case("lint: no such option", [*good, "l-split.toml", "--fix"], 2, ["--fix"])
    yield Case("lint: no rules", ["lint", "l-residual.onnx"], 2, ["--rules"])
    yield Case("lint: the same rules twice", [*good, "l-split.toml", "--rules", "l-split.toml"], 2, ["already"])
    yield Case("lint: a box without bounds", [*good, "l-box.toml"], 2, ["bounds", "--domain"])
    yield Case("lint: a rule that does not fit", [*good, "l-misfit.toml"], 2, ["l-misfit.toml:1", "winner"])
    yield Case("lint: bad domain", [*good, "l-split.toml", "--domain", "1,0"], 2, ["--domain"])
    yield Case("lint: no such model", ["lint", "none.onnx", "--rules", "lrp-0"], 2, ["none.onnx"])
    yield Case("lint: report's format", [*good, "l-split.toml", "--report", "r.docx"], 2, ["r.docx"])
    yield Case("lint: training mode", ["lint", "l-training.onnx", "--rules", "l-split.toml"], 1,
               ["A009", "bn", "training_mode"])
    yield Case("lint: training by extra outputs", ["lint", "l-old-training.onnx", "--rules", "l-split.toml"], 1,
               ["A009", "bn", "5 outputs"])
    yield Case("lint: dropout in training", ["lint", "l-dropping.onnx", "--rules", "l-split.toml"], 1, ["A009", "drop"])
    yield Case("lint: other commands refuse training", ["canonize", "l-training.onnx", "--dry-run"], 2, ["training"])
    yield Case("audit: no lint rules", ["audit", "good.onnx", "--rules", "lrp-0", "--inputs", "x.npy", "--check",
                                        "A010"], 2, ["A010"])
    yield Case("checks: show a lint rule", ["checks", "show", "A010"], 0, ["What fails", "CON-1"])
    yield Case("checks: list", ["checks", "list"], 0, ["A001", "A027 (RUL-5, lint, not decidable from ONNX)"])


def tests(programs, folder, source):
    with open(os.path.join(source, "docs/lrproof-report-1.schema.json"), encoding="utf-8") as stream:
        schema = json.load(stream)

    def report_of(argv, code=0):
        done = run(programs, ["lint", *argv, "--format", "json"], folder)
        assert done.returncode == code, done
        report = json.loads(done.stdout)
        jsonschema.validate(report, schema)
        return report

    def ids(report):
        return sorted({f["check"] for f in report["findings"] if f["verdict"] == "refuted"})

    def of_the_file():
        for name, told in {"inference": [], "kept": [], "apart": [], "shared": ["A003"], "training": ["A009"],
                           "old-training": ["A009"], "dropping": ["A009"]}.items():
            report = report_of([f"l-{name}.onnx", "--rules", "l-split.toml", "--check", "A003", "--check", "A009",
                                "--fail-on", "never"])
            assert ids(report) == told, (name, report["findings"])
        shared = report_of(["l-shared.onnx", "--rules", "l-split.toml", "--check", "A003"])["findings"][0]
        assert "fc1, fc2" in shared["statement"] and shared["level"] == "note", shared

    def lines():
        found = report_of(["l-residual.onnx", "--rules", "l-typo.toml", "--check", "A023"], 1)["findings"]
        assert [f["place"]["line"] for f in found] == [1] and found[0]["rule_set"] == "l-typo", found
        assert found[0]["level"] == "error" and found[0]["fix"], found

    def witness():
        """The input of a witness, evaluated by hand: the operands of the sum have opposite signs there."""
        report = report_of(["l-residual.onnx", "--rules", "l-split.toml", "--domain=-1,1", "--check", "A005"])
        finding = report["findings"][0]
        assert finding["verdict"] == "refuted" and finding["scope"]["kind"] == "box", finding
        shown = finding["exemplars"][0]["witness"]
        x = np.array([float(Fraction(v)) for v in shown["input"]])
        left = np.maximum(x, 0)
        right = left @ np.array(WEIGHT).reshape(2, 2) + np.array([0.5, -0.25])
        assert left[shown["unit"]] * right[shown["unit"]] < 0, (left, right, shown)

    def allowed():
        report = report_of(["l-residual.onnx", "--rules", "l-allowed.toml", "--domain=-1,1", "--fail-on", "note"])
        found = {f["check"]: f for f in report["findings"]}
        assert found["A005"]["verdict"] == "refuted" and found["A005"]["level"] == "none", found
        assert "our images" in found["A005"]["reasons"][-1] and "line 1" in found["A005"]["reasons"][-1], found
        assert report["summary"]["levels"] == {"error": 0, "warning": 0, "note": 0}, report["summary"]

    def files():
        report_of(["l-residual.onnx", "--rules", "l-typo.toml", "--report", "l-r.json", "--report", "l-r.html",
                   "--report", "l-r.md", "--report", "l-r.txt"], 1)
        for name in ("l-r.html", "l-r.md", "l-r.txt"):
            with open(os.path.join(folder, name), encoding="utf-8") as stream:
                text = stream.read()
            assert "A023" in text and "Lint of" in text, name

    def hostile():
        """Names stay text."""
        name = "\x1b[31m<b>x</b>|"
        models.write(folder, "l-hostile.onnx", model([dense("x", "h", "fc", "w"), node("Tanh", ["h"], ["y"], name)],
                                                     [tensor("w", (2, 2), WEIGHT)]))
        done = run(programs, ["lint", "l-hostile.onnx", "--rules", "l-gradient.toml", "--report", "l-h.html"], folder)
        assert done.returncode == 0 and b"\x1b" not in done.stdout and b"A001" in done.stdout, done
        with open(os.path.join(folder, "l-h.html"), encoding="utf-8") as stream:
            assert "<b>x" not in stream.read()

    def clean():
        """Every shipped preset runs on every operation it speaks of without an error of its own."""
        listed = run(programs, ["rules", "list"], folder).stdout.decode()
        names = [line.split(" ")[0] for line in listed.splitlines() if line[:1].isalpha()]
        assert len(names) > 50, names
        for name in names:
            done = run(programs, ["lint", "good.onnx", "--rules", name, "--domain=-1,1", "--fail-on", "never",
                                  "--allow-unknown", "--format", "json"], folder)
            assert done.returncode == 0, (name, done)
            report = json.loads(done.stdout)
            jsonschema.validate(report, schema)
            bad = {f["check"] for f in report["findings"]} & {"A023", "A024", "A026", "A028"}
            assert not bad, (name, bad)

    return [("lint: " + test.__name__, test) for test in (of_the_file, lines, witness, allowed, files, hostile, clean)]
