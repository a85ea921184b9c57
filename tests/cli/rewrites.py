"""Rewrites without batch norms, from an ONNX file to a report that the second program accepts."""
import numpy as np

import models
from behaviour import Behaviour
from onnx_bytes import dense, model, node, tensor


def clutter():
    """An identity, nested sums, a norm on a shared layer, a pool, a clip and two dense layers: 4 inputs, 2 outputs."""
    sides = dict(kernel_shape=[2], strides=[2])
    nodes = [
        node("Identity", ["x"], ["i"], "nothing"),
        node("Conv", ["i", "w", "b"], ["c"], "conv", kernel_shape=[1]),
        node("BatchNormalization", ["c", "g", "s", "m", "v"], ["n"], "norm", epsilon=0.25),
        node("Clip", ["n", "zero", "six"], ["r"], "clip"),
        node("Add", ["r", "i"], ["s1"], "inner"),
        node("Sub", ["s1", "c"], ["s2"], "outer"),
        node("MaxPool", ["s2"], ["p"], "most", **sides),
        node("AveragePool", ["s2"], ["q"], "mean", **sides),
        node("Max", ["p", "q", "k"], ["t"], "best"),
        node("Flatten", ["t"], ["f"], "flat", axis=1),
        dense("f", "d", "fc1", "w1", "b1"),
        dense("d", "y", "fc2", "w2"),
    ]
    tensors = [
        tensor("w", (2, 2, 1), (1.0, -2.0, 0.5, 3.0)), tensor("b", (2,), (0.5, -0.25)),
        tensor("g", (2,), (2.0, -1.0)), tensor("s", (2,), (0.5, 1.0)), tensor("m", (2,), (0.25, -1.0)),
        tensor("v", (2,), (0.75, 2.0)), tensor("zero", (), (0.0,)), tensor("six", (), (6.0,)),
        tensor("k", (1, 2, 1), (0.125, -0.5)),
        tensor("w1", (2, 3), (1.0, -2.0, 0.5, 3.0, 1.5, -1.0)), tensor("b1", (3,), (0.25, -0.5, 0.125)),
        tensor("w2", (3, 2), (1.0, 2.0, -1.0, 0.5, 0.75, -0.25)),
    ]
    return model(nodes, tensors, inputs=[("x", (1, 2, 2))])


RULES = """[ruleset]
name = "clutter"
unmatched = "gradient"
[[assign]]
to = { op = "affine" }
rule = { name = "epsilon", epsilon = 1e-3 }
"""
PASSES = ["remove-identity", "residual-sum", "split-shared", "batchnorm-into-affine", "merge-affine",
          "average-pool-as-conv", "max-as-relu", "pieces-as-relu"]


class Rewrites(Behaviour):
    def prepare(self):
        models.write(self.folder, "clutter.onnx", clutter())
        rows = np.array([[[1, -2], [0.5, 3]], [[-1.25, 0.75], [2, 4]], [[-3, 5], [0.25, -7]]], dtype=np.float32)
        np.save(self.path("clutter.npy"), rows)
        with open(self.path("clutter.toml"), "w", encoding="utf-8") as out:
            out.write(RULES)

    def canonized(self, passes, to="canonized.json"):
        report = self.report("--canonize", ",".join(passes), "--certificates", "all", to=to,
                             base=["audit", "clutter.onnx", "--rules", "clutter.toml", "--inputs", "clutter.npy"])
        self.validates(report)
        return report

    def test_every_rewrite_without_norms_is_proved_and_replayed(self):
        self.prepare()
        report = self.canonized(PASSES)
        steps = report["model"]["canonized"]["steps"]
        assert {step["rewrite"] for step in steps} == set(PASSES), steps
        self.recheck(0, "canonized.json")

    def test_each_rewrite_alone_is_replayed(self):
        self.prepare()
        for name in PASSES:
            report = self.canonized([name], "alone.json")
            assert report["model"]["canonized"]["steps"] or name in ("batchnorm-into-affine",), name
            self.recheck(0, "alone.json")

    def test_a_report_cannot_list_a_rewrite_that_does_not_match(self):
        self.prepare()
        self.canonized(PASSES, "r.json")

        def forged(rewrite, nodes):
            def change(report):
                report["model"]["canonized"]["steps"].append({**report["model"]["canonized"]["steps"][0],
                                                              "rewrite": rewrite, "nodes": nodes})
            return change

        for rewrite, nodes in (("remove-identity", ["conv"]), ("residual-sum", ["conv", "outer"]),
                               ("merge-affine", ["conv", "outer"]), ("max-as-relu", ["outer"]),
                               ("pieces-as-relu", ["outer"]), ("average-pool-as-conv", ["outer"]),
                               ("split-shared", ["conv", "outer"]), ("fold-constant", ["outer", "conv"]),
                               ("mark-gate", ["outer", "conv", "conv"]), ("remove-identity", ["nobody"])):
            self.recheck(2, self.damaged("forged.json", forged(rewrite, nodes)), says=[rewrite])

    def test_a_dry_run_tells_what_is_in_form(self):
        self.prepare()
        done = self.run(["canonize", "clutter.onnx", "--dry-run"])
        told = done.stdout.decode()
        assert done.returncode == 0, told
        for word in ("proved  remove-identity  nothing", "proved  residual-sum  inner <- outer",
                     "is one sum of its 3 operands"):
            assert word in told, (word, told)


def tests(programs, folder, source):
    suite = Rewrites(programs, folder, source)
    for name in sorted(n for n in dir(Rewrites) if n.startswith("test_") and n in vars(Rewrites)):
        yield "rewrites: " + name[5:].replace("_", " "), getattr(suite, name)
