"""Claims about cells and boxes: what their reports say, and that the second program takes no damaged part of them."""
import os
import re
import shutil
import subprocess
from fractions import Fraction

import numpy as np

import models
from behaviour import Behaviour, without_time
from onnx_bytes import dense, model, node, tensor

RULES = [w for name in ("dtd-w2", "dtd-x", "dtd-zb", "lrp-0", "lrp-epsilon") for w in ("--rules", name)]
BASE = ["audit", "good.onnx", *RULES, "--inputs", "x.npy", "--domain", "-4,4", "--witnesses", "5"]
CELL = [*BASE, "--scope", "cell"]
BOX = [*BASE, "--scope", "box", "--radius", "1/4", "--min-activation", "1/16"]
QUADRATIC = ["audit", "good.onnx", "--rules", "dtd-z-plus", "--rules", "dtd-gamma", "--inputs", "x.npy", "--domain", "-4,4",
             "--witnesses", "50", "--check", "root.inside", "--check", "root.domain", "--check", "root.exists"]
# --dump-smt: rule set, input, output, layer, kind of root, unit, region, question
QUESTION = re.compile(r"(dtd-\w+)-input(\d+)-output(\d+)-layer(\d+)-(hinge|relevance|fixed)-unit(\d+)-region(\d+)-"
                      r"(outside|inside)\.smt2")
# and of gxi.*, where bounds did not decide
REDUCTION = re.compile(r"(lrp|dtd)-\w+-input\d+-output\d+-gxi_\w+-region\d+\.smt2")


class Scopes(Behaviour):
    def asked(self, base, to="r.json"):
        report = self.report(base=base, to=to)
        self.validates(report)
        return report

    def rejects(self, change, says, where):
        """Changes each exemplar that `where` picks, one at a time; the second program rejects every one."""
        report = self.asked(CELL)
        picked = [(k, n) for k, n, f, e in exemplars(report) if where(f, e)]
        assert picked, says
        for k, n in picked[:4]:
            name = self.damaged("w.json", lambda r, k=k, n=n: change(r["findings"][k]["exemplars"][n]))
            self.recheck(70, name, says=["rejected", says])

    def test_scope_of_a_cell(self):
        report = self.asked(CELL)
        for finding in report["findings"]:
            units = {"min_activation": "half"} if asks_units(finding) else {}
            assert finding["scope"] == {"kind": "cell", "inputs": "all", **units}, finding["scope"]
        assert report["settings"]["scope"] == "cell" and "radius" not in report["settings"]
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        answers = {f["answer"] for f in report["findings"]}
        assert {"always", "sometimes"} <= answers, answers
        assert by_check(report, "gxi.reduces", "lrp-0")["verdict"] == "proved"
        assert by_check(report, "gxi.reduces", "lrp-epsilon")["verdict"] == "refuted"

    def test_scope_of_a_box(self):
        report = self.asked(BOX)
        for finding in report["findings"]:
            units = {"min_activation": "1/16"} if asks_units(finding) else {}
            assert finding["scope"] == {"kind": "box", "inputs": "all", "radius": "1/4", **units}, finding["scope"]
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        assert by_check(report, "gxi.reduces", "lrp-0")["verdict"] == "proved"
        decimal = [w if w != "1/4" else "0.25" for w in BOX]
        assert without_time(self.asked(decimal)) == without_time(report)

    def test_scopes_are_other_questions(self):
        ids = [{f["id"] for f in self.asked(base)["findings"]} for base in (BASE, CELL, BOX)]
        assert not ids[0] & ids[1] and not ids[1] & ids[2] and not ids[0] & ids[2]

    def test_counts_of_answers(self):
        for finding in self.asked(CELL)["findings"]:
            numbers = finding["numbers"]
            if finding["check"] not in ("root.inside", "root.domain"):
                continue
            told = {w: numbers["bounds"].get(w, 0) for w in ("always", "never", "sometimes", "not-always")}
            counts = numbers["counts"]
            assert told["always"] == counts["proved"], finding
            assert told["never"] + told["sometimes"] + told["not-always"] == counts["refuted"], finding
            assert sum(told.values()) - told["not-always"] == numbers["bounds"].get("decided", 0), finding

    def test_all_threads_say_the_same(self):
        first = without_time(self.asked([*CELL, "--jobs", "1"]))
        assert without_time(self.asked([*CELL, "--jobs", "3"])) == first

    def test_a_proof_with_another_multiplier(self):
        def change(exemplar):
            multipliers = exemplar["witness"]["multipliers"]
            multipliers[0] = str(Fraction(multipliers[0]) + 1)
        self.rejects(change, "rejected", has_leaves("always"))

    def test_a_proof_with_a_negative_multiplier(self):
        def change(exemplar):
            exemplar["witness"]["multipliers"] = [f"-{m}" for m in exemplar["witness"]["multipliers"]]
        self.rejects(change, "rejected", has_leaves("always"))

    def test_a_proof_without_its_first_leaf(self):
        def change(exemplar):
            witness = exemplar["witness"]
            first, _, rest = witness["leaves"].partition(" | ")
            witness["leaves"] = rest
            witness["multipliers"] = witness["multipliers"][len(first.split()) - 2:]
            witness["spans"] = witness["spans"][2:]
        self.rejects(change, "rejected", has_leaves("always"))

    def test_never_without_its_proof(self):
        def change(exemplar):
            exemplar["witness"].update(leaves="", multipliers=[], spans=[])
        self.rejects(change, "rejected", has_leaves("never"))

    def test_a_witness_moved_out_of_the_cell(self):
        def change(exemplar):
            exemplar["witness"]["at"] = [str(-Fraction(v)) for v in exemplar["witness"]["at"]]
        self.rejects(change, "rejected", lambda f, e: f["verdict"] == "refuted" and "at" in e["witness"])

    def test_a_witness_moved_out_of_the_domain(self):
        def change(exemplar):
            exemplar["witness"]["at"][0] = "5"
        self.rejects(change, "outside the scope", lambda f, e: f["verdict"] == "refuted" and "at" in e["witness"])

    def test_a_witness_moved_out_of_the_box(self):
        report = self.asked(BOX)
        picked = [(k, n) for k, n, f, e in exemplars(report) if "at" in e["witness"] and e["verdict"] == "refuted"]
        assert picked
        for k, n in picked[:4]:
            def change(r, k=k, n=n):
                at = r["findings"][k]["exemplars"][n]["witness"]["at"]
                at[1] = str(Fraction(at[1]) + 1)
            self.recheck(70, self.damaged("w.json", change), says=["outside the scope"])

    def test_sometimes_needs_its_second_witness(self):
        def change(exemplar):
            witness = exemplar["witness"]
            witness["inside_at"] = witness["at"]
        self.rejects(change, "rejected",
                     lambda f, e: e["witness"].get("answer") == "sometimes" and "at" in e["witness"] and
                     f["check"] == "root.inside")

    def test_proofs_about_hinge_roots_are_checked(self):
        """Whatever the rule, over cells and boxes; of relevance roots those whose relevance is their value."""
        for scope in (["cell"], ["box", "--radius", "1/4", "--min-activation", "1/16"]):
            report = self.asked([*QUADRATIC, "--scope", *scope])
            self.recheck((0, 3), "r.json", says=["0 rejected"])
            proved = [f for f in report["findings"] if f["verdict"] == "proved" and f.get("trust")]
            hinge = [f["trust"] for f in proved if f["place"].get("kind") == "hinge"]
            assert hinge and set(hinge) == {"checked"}, (scope, proved)
            relevance = [f for f in proved if f["place"].get("kind") == "relevance"]
            assert all(f["trust"] == ("checked" if f["place"]["node"] == "fc2" else "asserted") for f in relevance)

    def test_a_proof_over_a_box_without_a_region(self):
        report = self.asked([w if w != "1/4" else "1" for w in BOX])
        picked = [(k, n) for k, n, f, e in exemplars(report) if len(e["witness"].get("points", [])) > 2]
        assert picked
        for k, n in picked[:4]:
            def change(r, k=k, n=n):
                witness = r["findings"][k]["exemplars"][n]["witness"]
                regions = len(witness["points"]) // 2
                del witness["points"][2 * (regions - 1):]
            self.recheck(70, self.damaged("w.json", change), says=["rejected"])

    def test_a_proof_over_a_larger_box(self):
        """The same points and multipliers, of a box that reaches further: other regions are in it."""
        report = self.asked(BOX)
        picked = [k for k, n, f, e in exemplars(report) if "points" in e["witness"] and e["verdict"] == "proved"]
        assert picked

        def change(report):
            for k in picked:
                report["findings"][k]["scope"]["radius"] = "3"
        self.recheck(70, self.damaged("w.json", change), says=["rejected"])

    def dead_unit(self, weights, bias):
        """The root of u_0 = x_0 is (0, x_1); u_1 is dead at (1, 1). The hinge roots of the two, over the cell."""
        nodes = [dense("x", "u", "fc1", "w", "b"), node("Relu", ["u"], ["a"], "act"), dense("a", "y", "fc2", "v")]
        tensors = [tensor("w", (2, 2), (1.0, weights[0], 0.0, weights[1])), tensor("b", (2,), (0.0, bias)),
                   tensor("v", (2, 1), (1.0, 0.0))]
        models.write(self.folder, "dead.onnx", model(nodes, tensors, outputs=(("y", (1, 1)),)))
        np.save(self.path("one.npy"), np.ones((1, 2), dtype=np.float32))
        report = self.asked(["audit", "dead.onnx", "--rules", "dtd-w2", "--inputs", "one.npy", "--domain", "0,2",
                             "--scope", "cell", "--min-activation", "1/8", "--check", "root.inside"])
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        return next((k, f) for k, f in enumerate(report["findings"])
                    if (f["place"]["node"], f["place"]["kind"]) == ("fc1", "hinge"))

    def without_leaves(self, k):
        self.recheck(70, self.damaged("w.json", lambda r: r["findings"][k]["exemplars"][0]["witness"].update(
            leaves="", multipliers=[], spans=[])), says=["rejected"])

    def test_a_dead_unit_must_stay_dead(self):
        """u_1 = x_1 - x_0 - 3 is x_1 - 3 at the root, and x_1 <= 2."""
        k, finding = self.dead_unit((-1.0, 1.0), -3.0)
        assert finding["answer"] == "always", finding
        self.without_leaves(k)

    def test_a_dead_unit_that_wakes_makes_a_never(self):
        """u_1 = 1/2 - x_0 is 1/2 at the root."""
        k, finding = self.dead_unit((-1.0, 0.0), 0.5)
        assert finding["answer"] == "never", finding
        self.without_leaves(k)

    def test_a_root_that_needs_no_leaf(self):
        """u_1 = -x_0 - 1/2 is -1/2 at the root."""
        _, finding = self.dead_unit((-1.0, 0.0), -0.5)
        assert finding["answer"] == "always" and "leaves" not in finding["exemplars"][0]["witness"], finding
        assert finding["trust"] == "checked", finding

    def divided(self, low):
        """dtd-x: the root of u_0 = x_0 + 1 is -x / x_0, with u_1 = x_1 at -x_1 / x_0: outside, but where x_1 is 0."""
        nodes = [dense("x", "u", "fc1", "w", "b"), node("Relu", ["u"], ["a"], "act"), dense("a", "y", "fc2", "v")]
        tensors = [tensor("w", (2, 2), (1.0, 0.0, 0.0, 1.0)), tensor("b", (2,), (1.0, 0.0)),
                   tensor("v", (2, 1), (1.0, 0.0))]
        models.write(self.folder, "divided.onnx", model(nodes, tensors, outputs=(("y", (1, 1)),)))
        np.save(self.path("one.npy"), np.ones((1, 2), dtype=np.float32))
        report = self.asked(["audit", "divided.onnx", "--rules", "dtd-x", "--inputs", "one.npy", "--domain", f"{low},2",
                             "--scope", "cell", "--min-activation", "1/8", "--check", "root.inside"])
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        return next((k, f) for k, f in enumerate(report["findings"])
                    if (f["place"]["node"], f["place"]["kind"]) == ("fc1", "hinge"))

    def test_a_condition_divided_by_a_row_that_is_0_somewhere(self):
        k, finding = self.divided("0")
        assert finding["verdict"] == "refuted" and finding["answer"] != "never", finding
        proof = {"answer": "never", "certificate": "farkas", "multipliers": ["1", "1"], "spans": ["0", "-1", "0", "-1"],
                 "least": ["1/8"], "leaves": "- none ask:drop | + * ask:act:1>="}
        self.recheck(70, self.damaged("w.json", lambda r: r["findings"][k]["exemplars"][0]["witness"].update(proof)),
                     says=["divided by a row that may be 0"])

    def test_a_condition_divided_by_a_row_that_is_positive(self):
        k, finding = self.divided("1/2")
        assert finding["answer"] == "never", finding
        witness = finding["exemplars"][0]["witness"]
        assert "off:act:1>=" in witness["leaves"], witness
        self.recheck(70, self.damaged("w.json", lambda r: r["findings"][k]["exemplars"][0]["witness"].update(
            leaves=witness["leaves"].replace("off:act:1>=", "off:act:0>="))), says=["divided by a row"])

    def dumped(self, base, to):
        """The report, and every file of --dump-smt by its name."""
        report = self.asked([*base, "--dump-smt", to])
        files = {}
        for name in os.listdir(self.path(to)):
            with open(self.path(to, name), encoding="ascii") as script:
                files[name] = script.read()
        return report, files

    def test_every_question_about_roots_as_smt_lib(self):
        for base, to in ((CELL, "smt-cell"), (BOX, "smt-box")):
            report, files = self.dumped(base, to)
            assert all(QUESTION.fullmatch(name) or REDUCTION.fullmatch(name) for name in files), sorted(files)[:9]
            regions = {}
            roots = [name for name in files if QUESTION.fullmatch(name)]
            assert roots
            for name in roots:
                rules, _, _, layer, kind, _, region, side = QUESTION.fullmatch(name).groups()
                regions.setdefault((rules, int(layer), kind, region), []).append(side)
            for f in report["findings"]:
                if f["check"] != "root.inside" or f["place"]["kind"] != "hinge":
                    continue
                # Units of all inputs, two questions each: all of them in a first region.
                sides = regions.get((f["rule_set"], f["place"]["layer"], "hinge", "0"), [])
                asked = f["numbers"]["counts"]["places"]
                assert sides.count("outside") == sides.count("inside") == asked, (f["place"], len(sides), asked)
                if to == "smt-cell":
                    assert not any(k[:3] == (f["rule_set"], f["place"]["layer"], "hinge") and k[3] != "0"
                                   for k in regions)

    def test_questions_stand_on_their_own(self):
        _, files = self.dumped(CELL, "smt-alone")
        solver = next((p for p in (["cvc5", "--parse-only"], ["z3", "-T:5"]) if shutil.which(p[0])), None)
        for k, (name, text) in enumerate(sorted(files.items())):
            lines = text.splitlines()
            ends = " somewhere?" if QUESTION.fullmatch(name) else " input times gradient?"
            assert lines[0].startswith("; ") and lines[0].endswith(ends), lines[0]
            assert lines[1] == "(set-logic QF_NRA)" and lines[-1] == "(check-sat)", name
            assert all(line.count("(") == line.count(")") for line in lines[1:]), name
            declared = set(re.findall(r"\((?:declare|define)-fun (\w+) ", text))
            used = set(re.findall(r"(?<![\w-])[a-z]\w*", "\n".join(lines[2:-1])))
            words = {"declare", "define", "fun", "assert", "and", "or", "not", "ite", "true", "false"}
            assert used <= declared | words, (name, used - declared - words)
            if solver and k % 7 == 0:
                done = subprocess.run([*solver, self.path("smt-alone", name)], capture_output=True, text=True,
                                      timeout=60, check=False)
                assert "error" not in (done.stdout + done.stderr).lower(), (name, done.stdout, done.stderr)
                assert solver[0] == "z3" or done.returncode == 0, (name, done)

    def test_a_folder_that_cannot_be_written(self):
        for name, folder in (("file", "good.onnx"), ("under a file", "good.onnx/smt")):
            before = sorted(os.listdir(self.folder))
            done = self.run([*CELL, "--dump-smt", folder, "--report", "none.json", "-q"])
            told = done.stderr.decode()
            assert done.returncode == 2 and told.startswith("lrproof: good.onnx"), (name, done)
            assert len(told.splitlines()) == 1 and "[usage.dump]" in told, (name, told)
            assert sorted(os.listdir(self.folder)) == before, name

    def test_nearest_inputs(self):
        """A bound over the cell, the input that comes nearest, and how the two programs read it."""
        report = self.asked([*CELL, "--check", "den.nonzero", "--check", "pre.rule"])
        shown = 0
        for finding in report["findings"]:
            bounds = finding["numbers"]["bounds"]
            other = "least_margin" if finding["check"] == "den.nonzero" else "smallest_denominator"
            assert other not in bounds, finding
            for exemplar in finding["exemplars"]:
                witness = exemplar["witness"]
                if finding["verdict"] != "proved" or "nearest" not in witness:
                    continue
                shown += 1
                assert witness["kind"] == "everywhere" and len(witness["nearest"]) == 2, witness
                assert Fraction(witness["bound"][0]) <= Fraction(witness["value"][0]), witness
                assert finding["trust"] == "checked", finding
                if Fraction(witness["bound"][0]) == 0 and finding["check"] == "den.nonzero":
                    assert witness["infimum"] == "removable" and bounds["removable"] > 0, finding
        assert shown > 5
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        for key, value, says in (("value", lambda v: [str(Fraction(v[0]) + 1)], "value is not"),
                                 ("nearest", lambda v: ["9", v[1]], "outside the scope"),
                                 ("bound", lambda v: [str(Fraction(v[0]) + 100)], "below the bound")):
            k, f = next((k, f) for k, f in enumerate(report["findings"]) if f["check"] == "den.nonzero" and
                        f["verdict"] == "proved" and "nearest" in f["exemplars"][0]["witness"])
            changed = {key: value(f["exemplars"][0]["witness"][key])}
            self.recheck(70, self.damaged("w.json", lambda r, k=k, c=changed: r["findings"][k]["exemplars"][0][
                "witness"].update(c)), says=["rejected", says])
        told = self.run([*CELL, "--check", "den.nonzero", "--allow-unknown"]).stdout.decode()
        assert "How near does a denominator come to 0" in told and "removable" in told

    def test_a_vanishing_denominator_is_replayed_where_it_vanishes(self):
        """u = x_0 + x_1 is 0 at (0, 0), where w-square hands it the relevance 1."""
        nodes = [dense("x", "u", "fc1", "w"), node("Relu", ["u"], ["a"], "act"), dense("a", "y", "fc2", "v", "c")]
        tensors = [tensor("w", (2, 1), (1.0, 1.0)), tensor("v", (1, 1), (1.0,)), tensor("c", (1,), (1.0,))]
        models.write(self.folder, "face.onnx", model(nodes, tensors, outputs=(("y", (1, 1)),)))
        np.save(self.path("one.npy"), np.ones((1, 2), dtype=np.float32))
        with open(self.path("face.toml"), "w", encoding="utf-8") as out:
            out.write('[[assign]]\nto = { name = "fc2" }\nrule = "w-square"\n'
                      '[[assign]]\nto = { op = "dense" }\nrule = "lrp-0"\n'
                      '[[assign]]\nto = { op = "activation" }\nrule = "pass"\n')
        report = self.asked(["audit", "face.onnx", "--rules", "face.toml", "--inputs", "one.npy", "--domain", "0,2",
                             "--scope", "cell", "--check", "den.nonzero"])
        k, finding = next((k, f) for k, f in enumerate(report["findings"]) if f["place"]["node"] == "fc1")
        assert finding["verdict"] == "refuted", finding
        assert finding["exemplars"][0]["witness"]["at"] == ["0", "0"], finding
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        for at in (["1/2", "0"], ["-1", "1"], ["0", "0", "0"]):
            self.recheck(70, self.damaged("w.json", lambda r, k=k, at=at: r["findings"][k]["exemplars"][0][
                "witness"].update(at=at)), says=["rejected"])

    def test_a_witness_of_a_smaller_scope(self):
        """The same witnesses, of units that are asked to be active a thousand times as much."""
        self.asked(BOX)

        def change(report):
            for finding in report["findings"]:
                finding["scope"]["min_activation"] = "1000"
        self.recheck(70, self.damaged("w.json", change), says=["activation is below"])


def asks_units(finding):
    return finding["check"] in ("root.inside", "root.linear", "root.domain")


def exemplars(report):
    for k, finding in enumerate(report["findings"]):
        for n, exemplar in enumerate(finding["exemplars"]):
            if exemplar["witness"]:
                yield k, n, finding, exemplar


def has_leaves(answer):
    """A root of one cell whose answer rests on linear programs, with something to show."""
    def where(finding, exemplar):
        witness = exemplar["witness"]
        return (witness.get("answer") == answer and finding["place"]["kind"] == "hinge" and witness.get("leaves") and
                bool(witness.get("multipliers")))
    return where


def by_check(report, check, rules):
    return next(f for f in report["findings"] if f["check"] == check and f["rule_set"] == rules)


def tests(programs, folder, source):
    all_of = Scopes(programs, folder, source)
    return [("scopes: " + name[5:].replace("_", " "), getattr(all_of, name)) for name in vars(Scopes)
            if name.startswith("test_")]
