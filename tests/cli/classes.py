"""net.class over cells and boxes: what is proved, that it is true at inputs of the scope, and that the second program
takes no damaged proof."""
import hashlib
import random
from fractions import Fraction

import numpy as np

import models
from behaviour import Behaviour
from onnx_bytes import dense, model, node, tensor

WIDE = 14  # inputs: more than the prover halves, so that units are cut


def network(seed, inputs):
    rng = random.Random(seed)
    sizes = [inputs, 16, 16, 3]
    nodes, tensors, values, weights = [], [], "x", []
    for k in range(3):
        w = [rng.gauss(0, 1.5) / sizes[k] ** 0.5 for _ in range(sizes[k] * sizes[k + 1])]
        b = [rng.gauss(0, 0.1) for _ in range(sizes[k + 1])]
        tensors += [tensor(f"w{k}", (sizes[k], sizes[k + 1]), w), tensor(f"b{k}", (sizes[k + 1],), b)]
        weights.append((np.array(w, np.float32).reshape(sizes[k], sizes[k + 1]).astype(float),
                        np.array(b, np.float32).astype(float)))
        nodes.append(dense(values, f"z{k}" if k < 2 else "y", f"fc{k}", f"w{k}", f"b{k}"))
        if k < 2:
            nodes.append(node("Relu", [f"z{k}"], [f"a{k}"], f"relu{k}"))
            values = f"a{k}"
    return model(nodes, tensors, (("x", (1, inputs)),), (("y", (1, 3)),)), weights


def forward(weights, x):
    for k, (w, b) in enumerate(weights):
        x = x @ w + b
        if k + 1 < len(weights):
            x = np.maximum(x, 0)
    return x


class Classes(Behaviour):
    def asked(self, inputs, radius, scope="box"):
        data, weights = network(4, inputs)
        models.write(self.folder, "class.onnx", data)
        models.write(self.folder, "class_other.onnx", network(5, inputs)[0])
        rng = np.random.default_rng(11)
        x = rng.uniform(0, 1, (12, inputs)).astype(np.float32)
        np.save(self.path("class.npy"), x)
        size = ["--radius", radius] if scope == "box" else []
        report = self.report("--scope", scope, *size, "--check", "net.class", "--witnesses", "50", "--domain", "-1,2",
                             base=["audit", "class.onnx", "--rules", "lrp-0", "--inputs", "class.npy"])
        self.validates(report)
        return report, x, weights

    def proved_alone(self, inputs, radius, scope="box"):
        """A report of those inputs alone of which the claim is proved."""
        report, x, _ = self.asked(inputs, radius, scope)
        refuted = {e["place"]["input"] for e in report["findings"][0]["exemplars"] if e["verdict"] == "refuted"}
        kept = [k for k in range(len(x)) if k not in refuted]
        np.save(self.path("class.npy"), x[kept])
        size = ["--radius", radius] if scope == "box" else []
        report = self.report("--scope", scope, *size, "--check", "net.class", "--witnesses", "50", "--domain", "-1,2",
                             base=["audit", "class.onnx", "--rules", "lrp-0", "--inputs", "class.npy"])
        finding = report["findings"][0]
        assert finding["verdict"] == "proved" and finding["trust"] == "checked", finding
        self.recheck(0, "r.json", says=["1 accepted"])
        return report

    def test_verdicts_hold_at_inputs_of_the_box(self):
        report, x, weights = self.asked(WIDE, "0.15")
        finding = report["findings"][0]
        assert finding["rule_set"] is None and len(report["findings"]) == 1, finding
        counts = finding["numbers"]["counts"]
        assert counts["proved"] > 2 and counts["refuted"] > 2 and counts["unknown"] == 0, counts
        self.recheck(0, "r.json", says=["1 accepted"])
        refuted = {e["place"]["input"]: e["witness"] for e in finding["exemplars"]}
        for k, witness in refuted.items():
            at = np.array([float(Fraction(v)) for v in witness["at"]]) if "at" in witness else x[k].astype(float)
            assert np.all(np.abs(at - x[k]) <= 0.15 + 1e-12), witness
        rng = np.random.default_rng(3)
        for k, centre in enumerate(x):
            best = int(np.argmax(forward(weights, centre.astype(float))))
            if k in refuted:
                continue
            corners = np.clip(centre + 0.15 * rng.choice([-1, 1], (4000, WIDE)), -1, 2)
            assert np.all(np.argmax(forward(weights, corners), axis=1) == best), k

    def test_damaged_trees_of_units_are_rejected(self):
        report = self.proved_alone(WIDE, "0.15")
        self.damage_trees(report, "u", "slopes")

    def test_damaged_trees_of_inputs_are_rejected(self):
        self.damage_trees(self.proved_alone(2, "0.5"), "x", None)

    def damage_trees(self, report, cut, slopes):
        exemplars = report["findings"][0]["exemplars"]
        picked = [n for n, e in enumerate(exemplars) if f" {cut}" in e["witness"]["tree"]]
        if slopes:
            picked = [n for n in picked if slopes in exemplars[n]["witness"]]
        assert picked, [e["witness"] for e in exemplars]

        def rejected(n, change, says="rejected"):
            def damage(r):
                change(r["findings"][0]["exemplars"][n]["witness"], r["findings"][0]["exemplars"][n]["place"])
            self.recheck(70, self.damaged("w.json", damage), says=[says])
        for n in picked[:3]:
            words = exemplars[n]["witness"]["tree"].split()
            first = next(k for k, w in enumerate(words) if w[0] == cut)
            leaf = next(k for k in range(first, len(words)) if words[k][0] in ".s")
            rejected(n, lambda w, _: w.update(tree=" ".join(words[:leaf] + words[leaf + 1:])))  # dropped leaf
            rejected(n, lambda w, _: w.update(tree=" ".join(words[:-1])))
            rejected(n, lambda w, _: w.update(tree=" ".join(words[next(k for k in range(1, len(words))
                                                                        if words[k][0] == "r"):])))
            rejected(n, lambda w, _: w.update(tree=w["tree"] + " ."))
            uncut = words[:1] + ["."] + words[next(k for k in range(1, len(words)) if words[k][0] == "r"):]
            if first < len(words) and words[1][0] == cut:
                rejected(n, lambda w, _: w.update(tree=" ".join(uncut)))
            rejected(n, lambda w, p: p.update(target=(p["target"] + 1) % 3))  # swapped class
            if slopes:
                rejected(n, lambda w, _: w.update(slopes=["1000000"] * len(w["slopes"])), "does not show")
                rejected(n, lambda w, _: w.update(slopes=w["slopes"][1:]))
            rejected(n, lambda w, _: w.update(cuts=w["cuts"][1:]))
            rejected(n, lambda w, _: w.update(cuts=["1000000"] * len(w["cuts"])), "does not show")

    def test_a_proof_of_another_box_or_model(self):
        self.proved_alone(WIDE, "0.15")

        def larger(r):
            r["findings"][0]["scope"]["radius"] = "2"
        self.recheck(70, self.damaged("w.json", larger), says=["does not show"])

        def other(r):
            r["model"]["path"] = "class_other.onnx"
            with open(self.path("class_other.onnx"), "rb") as data:
                r["model"]["sha256"] = hashlib.sha256(data.read()).hexdigest()
        self.recheck(70, self.damaged("w.json", other), says=["rejected"])

    def test_a_cell(self):
        self.proved_alone(2, "", scope="cell")

        def change(r):
            for exemplar in r["findings"][0]["exemplars"]:
                witness = exemplar["witness"]
                witness["multipliers"] = [m if k % 2 else "1/7" for k, m in enumerate(witness["multipliers"])]
        self.recheck(70, self.damaged("w.json", change), says=["does not show"])

        def dropped(r):
            for exemplar in r["findings"][0]["exemplars"]:
                witness = exemplar["witness"]
                first = witness["leaves"].split("|")[0].strip()
                witness["leaves"] = first
                witness["multipliers"] = witness["multipliers"][:len(first.split()) - 1]
        self.recheck(70, self.damaged("w.json", dropped), says=["an output without a leaf"])


def tests(programs, folder, source):
    all_of = Classes(programs, folder, source)
    return [("classes: " + name[5:].replace("_", " "), getattr(all_of, name)) for name in vars(Classes)
            if name.startswith("test_")]
