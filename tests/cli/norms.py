"""Networks with norms, rewritten: every rewrite applies, is proved, and is made again by the second program."""
import os

import numpy as np

import models
from behaviour import Behaviour
from onnx_bytes import dense, model, node, tensor

PASSES = ["batchnorm-into-affine", "batchnorm-relu-threshold", "batchnorm-relu-pool", "batchnorm-into-next-affine",
          "batchnorm-into-padded-conv", "concat-norm-split"]
RULES = ["--rules", "lrp-0", "--rules", "lrp-epsilon", "--rules", "lrp-gamma"]
BASE = ["audit", "norms.onnx", *RULES, "--inputs", "planes.npy", "--certificates", "all", "--canonize", ",".join(PASSES)]


def norm(x, y, k, channels):
    """Scales of both signs; the last of four channels has scale 0."""
    gamma = [(-1) ** c * (0.5 + c) * (c != 3) for c in range(channels)]
    values = [gamma, [0.25 * c - 0.125 for c in range(channels)], [0.5 - c for c in range(channels)],
              [1.0 + c for c in range(channels)]]
    names = [f"n{k}{word}" for word in ("gamma", "beta", "mean", "var")]
    tensors = [tensor(name, (channels,), v) for name, v in zip(names, values)]
    return node("BatchNormalization", [x, *names], [y], f"n{k}", epsilon=1e-3), tensors


def weights(name, shape):
    count = int(np.prod(shape))
    return tensor(name, shape, [((7 * k + 3) % 11 - 5) / 8 for k in range(count)])


def network():
    """x[1, 2, 3, 3]: in front of padding, behind a convolution, in front of a ReLU, behind a concat, in front of an
    average, in front of a dense layer."""
    norms = [norm("x", "a0", 0, 2), norm("c1", "a1", 1, 2), norm("k1", "a2", 2, 4), norm("k2", "a3", 3, 4),
             norm("m", "a4", 4, 4), norm("h", "a5", 5, 3)]
    (n0, t0), (n1, t1), (n2, t2), (n3, t3), (n4, t4), (n5, t5) = norms
    nodes = [n0, node("Conv", ["a0", "w1", "b1"], ["c1"], "c1", pads=[1, 1, 1, 1], kernel_shape=[3, 3]), n1,
             node("Relu", ["a1"], ["r1"], "r1"), node("Concat", ["r1", "x"], ["k1"], "k1", axis=1), n2,
             node("Relu", ["a2"], ["r2"], "r2"), node("Conv", ["r2", "w2"], ["c2"], "c2", kernel_shape=[1, 1]),
             node("Concat", ["c2", "r1"], ["k2"], "k2", axis=1), n3,
             node("MaxPool", ["a3"], ["m"], "m", kernel_shape=[2, 2]), n4, node("Relu", ["a4"], ["r4"], "r4"),
             node("GlobalAveragePool", ["r4"], ["p"], "p"), node("Flatten", ["p"], ["f"], "f"),
             dense("f", "g", "fc1", "w3", "b3"), node("Relu", ["g"], ["h"], "r5"), n5, dense("a5", "y", "fc2", "w4", "b4")]
    tensors = [weights("w1", (2, 2, 3, 3)), weights("b1", (2,)), weights("w2", (2, 4, 1, 1)), weights("w3", (4, 3)),
               weights("b3", (3,)), weights("w4", (3, 2)), weights("b4", (2,)), *t0, *t1, *t2, *t3, *t4, *t5]
    return model(nodes, tensors, inputs=[("x", (1, 2, 3, 3))])


class Canonize(Behaviour):
    def prepare(self):
        models.write(self.folder, "norms.onnx", network())
        rows = [[((5 * k + 3 * n) % 13 - 6) / 4 for k in range(18)] for n in range(3)]
        np.save(os.path.join(self.folder, "planes.npy"), np.array(rows, dtype=np.float32).reshape(3, 2, 3, 3))

    def test_canonize_norms_that_go_on(self):
        report = self.report(base=BASE)
        self.validates(report)
        steps = report["model"]["canonized"]["steps"]
        assert {s["rewrite"] for s in steps} == set(PASSES), steps
        assert all(s["claim"]["verdict"] == "proved" and s["certificate"]["kind"].startswith("algebra") for s in steps), steps
        self.recheck((0, 3), "r.json", says=["0 rejected"])

    def test_canonize_norms_of_a_cell(self):
        self.validates(self.report("--scope", "cell", base=BASE))
        self.recheck((0, 3), "r.json", says=["0 rejected"])

    def test_canonize_steps_are_not_taken_on_trust(self):
        report = self.report(base=BASE)
        for k, step in enumerate(report["model"]["canonized"]["steps"]):
            dropped = self.damaged("w.json", lambda r, k=k: r["model"]["canonized"]["steps"].pop(k))
            self.recheck((2, 70), dropped)
            other = PASSES[(PASSES.index(step["rewrite"]) + 1) % len(PASSES)]
            if {other, step["rewrite"]} in ({PASSES[1], PASSES[2]}, {PASSES[3], PASSES[4]}):
                continue  # one pattern; what the bias becomes follows from it
            renamed = self.damaged(
                "w.json", lambda r, k=k, other=other: r["model"]["canonized"]["steps"][k].update(rewrite=other))
            self.recheck((2, 70), renamed)

    def test_canonize_dry_run_tells_of_norms_that_stay(self):
        done = self.run(["canonize", "norms.onnx", "--dry-run"])
        told = done.stdout.decode()
        assert done.returncode == 0 and "batchnorm-into-affine does not apply at n3.part2" in told, told
        assert told.count("proved") == 7, told


def tests(programs, folder, source):
    bench = Canonize(programs, folder, source)
    bench.prepare()
    for name in sorted(vars(Canonize)):
        if name.startswith("test_"):
            yield name[5:].replace("_", " "), getattr(bench, name)
