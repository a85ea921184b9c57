"""canonize: rewritten models as files, bounds on what rounding changes, and models compared with other people's."""
import json
import os

import jsonschema
import numpy as np

import models
from case import Case, run
from onnx_bytes import DOUBLE, INT64, dense, model, node, tensor

EPSILON = 1e-5


def norm(x, y, name, values, epsilon):
    """BatchNormalization and its tensors: gamma, beta, mean, variance."""
    words = ("gamma", "beta", "mean", "variance")
    tensors = [tensor(f"{name}.{w}", (len(v),), v) for w, v in zip(words, values)]
    return node("BatchNormalization", [x] + [f"{name}.{w}" for w in words], [y], name, epsilon=float(epsilon)), tensors


WEIGHT = np.array([[1.0, -2.0, 0.5], [0.75, 3.0, -1.5]])  # [in, out]
BIAS = np.array([0.25, -0.5, 0.125])
GAMMA, BETA = np.array([1.5, -0.5, 2.0]), np.array([0.5, 0.25, -1.0])
MEAN = np.array([0.5, -0.25, 1.0])


def normed(variance, epsilon):
    """A dense layer and its norm."""
    made, tensors = norm("h", "n", "bn", (GAMMA, BETA, MEAN, variance), epsilon)
    return model([dense("x", "h", "fc", "w", "b"), made, node("Relu", ["n"], ["y"], "relu")],
                 [tensor("w", (2, 3), WEIGHT.ravel()), tensor("b", (3,), BIAS), *tensors], outputs=(("y", (1, 3)),))


def folded(variance, epsilon, left):
    """The layer with its norm folded by hand; the norm stays, reset, with the epsilon that is left in it."""
    scale = GAMMA / np.sqrt(variance + epsilon)
    made, tensors = norm("h", "n", "bn", (np.ones(3), np.zeros(3), np.zeros(3), np.ones(3)), left)
    return model([dense("x", "h", "fc", "w", "b"), made, node("Relu", ["n"], ["y"], "relu")],
                 [tensor("w", (2, 3), (WEIGHT * scale).ravel()),
                  tensor("b", (3,), (BIAS - MEAN) * scale + BETA), *tensors], outputs=(("y", (1, 3)),))


KERNEL = np.array([[[[1, 2, -1], [0.5, 3, 1], [-2, 1, 0.25]]]])
SHIFT, SLOPE = 0.75, 2.0  # of a norm with variance + epsilon = 1


def padded_norm():
    made, tensors = norm("x", "n", "bn", ([SLOPE], [SHIFT], [0.0], [0.75]), 0.25)
    return model([made, node("Conv", ["n", "k"], ["y"], "conv", pads=[1, 1, 1, 1])],
                 [tensor("k", (1, 1, 3, 3), KERNEL.ravel()), *tensors],
                 inputs=(("x", (1, 1, 3, 4)),), outputs=(("y", (1, 1, 3, 4)),))


def padded_folded(right):
    """The norm folded into the padded convolution behind it: as one constant, which is wrong at the border, or as what
    each position sees of it."""
    inside = np.pad(np.full((3, 4), SHIFT), 1)
    bias = np.array([[np.sum(KERNEL[0, 0] * inside[r:r + 3, c:c + 4][:3, :3]) for c in range(4)] for r in range(3)])
    if not right:
        bias = np.full((3, 4), KERNEL.sum() * SHIFT)
    return model([node("Conv", ["x", "k"], ["c"], "conv", pads=[1, 1, 1, 1]), node("Add", ["c", "b"], ["y"], "bias")],
                 [tensor("k", (1, 1, 3, 3), (KERNEL * SLOPE).ravel()), tensor("b", (1, 1, 3, 4), bias.ravel())],
                 inputs=(("x", (1, 1, 3, 4)),), outputs=(("y", (1, 1, 3, 4)),))


def huge():
    """A norm that makes weights no float32 can hold."""
    made, tensors = norm("h", "y", "bn", ([1e30, 1.0, 1.0], BETA, MEAN, [0.0, 1.0, 1.0]), 1e-38)
    return model([dense("x", "h", "fc", "w", "b"), made],
                 [tensor("w", (2, 3), WEIGHT.ravel()), tensor("b", (3,), BIAS), *tensors], outputs=(("y", (1, 3)),))


def renamed():
    """normed(0.75, 0.25) with other names, the norm's weights folded exactly and a dead node."""
    return model([node("Relu", ["x"], ["nobody"], "dead"), dense("x", "n", "layer", "W", "B"),
                  node("Relu", ["n"], ["out"], "act")],
                 [tensor("W", (2, 3), (WEIGHT * GAMMA).ravel()),
                  tensor("B", (3,), (BIAS - MEAN) * GAMMA + BETA)], outputs=(("out", (1, 3)),))


def softmaxed(outputs="y"):
    return model([dense("x", "h", "fc", "w"), node("Softmax", ["h"], [outputs], "soft", axis=1)],
                 [tensor("w", (2, 2), (1.0, 2.0, -1.0, 3.0))], inputs=(("x", ("N", 2)),),
                 outputs=((outputs, ("N", 2)),))


def headed(head, scale=None):
    """A dense layer behind a head; scale: a second output, x scaled."""
    nodes, outputs = [dense("x", "h", "fc", "w"), node(head, ["h"], ["y"], "head")], [("y", (1, 2))]
    tensors = [tensor("w", (2, 2), (1.0, 2.0, -1.0, 3.0))]
    if scale is not None:
        nodes.append(node("Mul", ["x", "s"], ["z"], "second"))
        tensors.append(tensor("s", (1,), (scale,))), outputs.append(("z", (1, 2)))
    return model(nodes, tensors, outputs=tuple(outputs))


def steep(by):
    """A linear map: two of them are equal at the origin alone."""
    return model([dense("x", "y", "fc", "w")], [tensor("w", (2, 2), (by, 2 * by, -by, 3 * by))],
                 outputs=(("y", (1, 2)),))


def smooth():
    """A sigmoid in the middle, of the shape of normed()."""
    return model([dense("x", "h", "fc", "w"), node("Sigmoid", ["h"], ["s"], "sigmoid"), node("Relu", ["s"], ["y"], "r")],
                 [tensor("w", (2, 3), WEIGHT.ravel())], outputs=(("y", (1, 3)),))


def one_position():
    """A norm before a 3x3 convolution of one position: eight of nine weights meet padding only."""
    made, tensors = norm("x", "n", "bn", ([SLOPE], [SHIFT], [0.0], [0.75]), 0.25)
    return model([made, node("Conv", ["n", "k"], ["y"], "conv", kernel_shape=[3, 3], pads=[1, 1, 1, 1])],
                 [tensor("k", (1, 1, 3, 3), KERNEL.ravel()), *tensors], inputs=(("x", (1, 1, 1, 1)),),
                 outputs=(("y", (1, 1, 1, 1)),))


def with_two_outputs(second="z"):
    """One output whose layer stays as it is, behind a softmax; another whose norm is folded and rounded."""
    made, tensors = norm("k", second, "bn", (GAMMA, BETA, MEAN, np.array([1.0, 0.5, 2.0])), EPSILON)
    return model([dense("x", "h", "fc", "w", "b"), node("Softmax", ["h"], ["y"], "soft", axis=1),
                  dense("x", "k", "fc2", "w", "b"), made],
                 [tensor("w", (2, 3), WEIGHT.ravel()), tensor("b", (3,), BIAS), *tensors],
                 outputs=(("y", (1, 3)), (second, (1, 3))))


def stored_operand(op, inputs=("x", "r")):
    """`op` of the input and of a ReLU of a stored tensor."""
    attributes = dict(transB=1) if op == "Gemm" else {}
    return model([node("Relu", ["k"], ["r"], "r"), node(op, list(inputs), ["y"], "y", **attributes)],
                 [tensor("k", (1, 2), (1.0, -3.0))], outputs=(("y", (1, 1 if op == "Gemm" else 2)),))


def product_beyond_doubles():
    """A stored tensor that can be folded, and behind it one that no double holds."""
    return model([node("Relu", ["k"], ["r"], "r"), node("Mul", ["r", "s"], ["q"], "q"),
                  node("Max", ["x", "q"], ["y"], "y")],
                 [tensor("k", (1, 2), (1e300, -3.0), kind=DOUBLE), tensor("s", (1, 2), (1e300, 1.0), kind=DOUBLE)],
                 inputs=(("x", (1, 2), DOUBLE),), outputs=(("y", (1, 2), DOUBLE),))


def sum_with_a_minus():
    return model([node("Relu", ["x"], ["r"], "r"), node("Abs", ["x"], ["a"], "a"), node("Add", ["x", "r"], ["s"], "s"),
                  node("Sub", ["s", "a"], ["y"], "minus")])


def axes_apart():
    return model([node("ReduceMean", ["x"], ["y"], "mean", axes=[1, 3], keepdims=0)],
                 inputs=(("x", (1, 2, 3, 4)),), outputs=(("y", (1, 3)),))


def wrapped():
    """Pad that wraps, in the opset in which it is new; export writes another one."""
    return model([node("Pad", ["x", "p"], ["y"], "pad", mode=b"wrap")],
                 [tensor("p", (8,), (0, 0, 1, 2, 0, 0, 2, 1), kind=INT64)], inputs=(("x", (1, 2, 3, 4)),),
                 outputs=(("y", (1, 2, 6, 7)),), opset=19)


def tower(height=60):
    """x + x, and that twice, and so on."""
    nodes = [node("Add", [f"z{k}" if k else "x"] * 2, [f"z{k + 1}"], f"add{k}") for k in range(height)]
    return model(nodes, outputs=((f"z{height}", (1, 2)),))


def clipped(kind, limit):
    return model([node("Clip", ["x", "", "most"], ["y"], "clip")], [tensor("most", (), (limit,), kind=kind)],
                 inputs=(("x", (1, 2), kind),), outputs=(("y", (1, 2), kind),))


def write_all(folder):
    exact = np.full(3, 0.75)
    plain = np.array([1.0, 0.5, 2.0])
    for name, made in {
            "normed": normed(plain, EPSILON), "exact": normed(exact, 0.25), "renamed": renamed(),
            "left": folded(exact, 0.25, EPSILON), "right": folded(exact, 0.25, 0.0),
            "rounded": folded(plain, np.float32(EPSILON), 0.0), "forgotten": folded(plain, 0.0, 0.0),
            "padded": padded_norm(), "padded-wrong": padded_folded(False), "padded-right": padded_folded(True),
            "huge": huge(), "soft": softmaxed(), "sigmoid": headed("Sigmoid"), "softmax": headed("Softmax"),
            "relu": headed("Relu"), "two": headed("Relu", 1.5), "other-two": headed("Relu", 7.0),
            "flat": steep(1.0), "steep": steep(3.0), "smooth": smooth(),
            "one-position": one_position(), "outputs": with_two_outputs(),
            "colours": with_two_outputs("\x1b[31mz"), "sum-stored": stored_operand("Add"),
            "difference-stored": stored_operand("Sub", ("r", "x")),
            "sums-stored": stored_operand("Sum", ("x", "r", "x")),
            "product-stored": stored_operand("Mul"), "gemm-stored": stored_operand("Gemm"),
            "beyond": product_beyond_doubles(), "minus": sum_with_a_minus(), "apart": axes_apart(),
            "wrapped": wrapped(), "tower": tower(),
            "clip-wide": clipped(DOUBLE, 1e39), "clip-none": clipped(DOUBLE, float(np.finfo(np.float64).max)),
            "clip-float": clipped(DOUBLE, float(np.finfo(np.float32).max)),
            }.items():
        models.write(folder, f"c-{name}.onnx", made)
    rows = np.array([[1, -2], [0.5, 3], [-1.25, 0.75], [2, 2]], dtype=np.float32)
    np.save(os.path.join(folder, "c-x.npy"), rows)
    np.save(os.path.join(folder, "c-origin.npy"), np.zeros((1, 2), dtype=np.float32))
    np.save(os.path.join(folder, "c-nan.npy"), np.full((1, 2), np.nan, dtype=np.float32))


def cases(folder, source):
    write_all(folder)
    yield Case("canonize: unwritable output", ["canonize", "c-exact.onnx", "-o", "no/such/out.onnx"], 2, ["no/such"])
    yield Case("canonize: onto itself", ["canonize", "c-exact.onnx", "-o", "./c-exact.onnx"], 2, ["file that is read"])
    yield Case("canonize: onto the other", ["canonize", "c-exact.onnx", "--against", "c-left.onnx", "-o",
                                            "c-left.onnx"], 2, ["file that is read"])
    yield Case("canonize: unknown pass", ["canonize", "c-exact.onnx", "-o", "o.onnx", "--pass", "fold"], 2, ["fold"])
    yield Case("canonize: dry run and output", ["canonize", "c-exact.onnx", "-o", "o.onnx", "--dry-run"], 2,
               ["--dry-run"])
    yield Case("canonize: other shapes", ["canonize", "c-exact.onnx", "--against", "c-padded.onnx"], 2,
               ["c-padded.onnx", "shape"])
    yield Case("canonize: NaN inputs", ["canonize", "c-exact.onnx", "-o", "o.onnx", "--inputs", "c-nan.npy"], 2,
               ["c-nan.npy"])
    yield Case("canonize: tolerance", ["canonize", "c-exact.onnx", "--against", "c-left.onnx", "--tolerance", "-1"], 2,
               ["--tolerance"])
    yield Case("canonize: tolerance beyond doubles",
               ["canonize", "c-exact.onnx", "--against", "c-left.onnx", "--tolerance", "1e400"], 2,
               ["--tolerance", "range of a double"])
    yield Case("canonize: domain", ["canonize", "c-exact.onnx", "--against", "c-left.onnx", "--domain", "1,0"], 2,
               ["--domain"])
    yield Case("canonize: no such other", ["canonize", "c-exact.onnx", "--against", "none.onnx"], 2, ["none.onnx"])
    yield Case("canonize: report's format", ["canonize", "c-exact.onnx", "-o", "o.onnx", "--report", "r.docx"], 2,
               ["r.docx"])
    yield Case("canonize: beyond float32", ["canonize", "c-huge.onnx", "-o", "o.onnx"], 1,
               ["rejected", "fc", "float32", "not written"])
    against = ["canonize", "c-exact.onnx", "--against"]
    yield Case("canonize: the same function", [*against, "c-renamed.onnx"], 0, ["net.equal  proved"])
    yield Case("canonize: folded right", [*against, "c-right.onnx"], 0, ["net.equal  proved"])
    yield Case("canonize: epsilon left in place", [*against, "c-left.onnx"], 1, ["refuted", "replayed"])
    yield Case("canonize: epsilon left in place, over a box",
               [*against, "c-left.onnx", "--domain=-1,1", "--tolerance", "1e-6"], 1, ["refuted"])
    normed_against = ["canonize", "c-normed.onnx", "--domain=-1,1", "--tolerance", "1e-5", "--against"]
    yield Case("canonize: epsilon forgotten", [*normed_against, "c-forgotten.onnx"], 1, ["refuted", "replayed"])
    yield Case("canonize: rounded weights within a tolerance", [*normed_against, "c-rounded.onnx"], 0, ["proved"])
    yield Case("canonize: rounded weights are not equal", ["canonize", "c-normed.onnx", "--against", "c-rounded.onnx"],
               1, ["refuted"])
    padded = ["canonize", "c-padded.onnx", "--domain=-1,1", "--tolerance", "1e-6", "--against"]
    yield Case("canonize: constant bias under padding", [*padded, "c-padded-wrong.onnx"], 1, ["refuted", "replayed"])
    yield Case("canonize: another head", ["canonize", "c-sigmoid.onnx", "--against", "c-softmax.onnx"], 3,
               ["different heads"])
    yield Case("canonize: the same head", ["canonize", "c-sigmoid.onnx", "--against", "c-sigmoid.onnx"], 0, ["proved"])
    yield Case("canonize: another second output", ["canonize", "c-two.onnx", "--against", "c-other-two.onnx"], 3,
               ["several outputs"])
    yield Case("canonize: the same second output", ["canonize", "c-two.onnx", "--against", "c-two.onnx"], 0, ["proved"])
    yield Case("canonize: one output less", ["canonize", "c-two.onnx", "--against", "c-relu.onnx"], 3,
               ["several outputs"])
    yield Case("canonize: weights that meet padding only", ["canonize", "c-one-position.onnx", "--dry-run"], 0,
               ["batchnorm-into-next-affine", "checked"])
    rules = ["canonize", "c-exact.onnx", "--inputs", "c-x.npy", "--rules"]
    yield Case("canonize: rules without inputs", ["canonize", "c-exact.onnx", "--rules", "lrp-0"], 2, ["--inputs"])
    yield Case("canonize: no such rules", [*rules, "lrp-00"], 2, ["lrp-00"])
    yield Case("canonize: rules and no such output", [*rules, "lrp-0", "--target", "3"], 2, ["--target 3"])
    yield Case("canonize: the map stays", [*rules, "lrp-0"], 0, ["lrp-0: the same map at 4 inputs"])
    yield Case("canonize: the map changes", [*rules, "lrp-epsilon"], 0, ["lrp-epsilon: another map", "the same map"])
    yield Case("canonize: the other's map", [*rules, "lrp-0", "--against", "c-renamed.onnx"], 0,
               ["lrp-0: the same map at 4 inputs", "input times gradient: the same map"])
    yield Case("canonize: another function's map", [*rules, "lrp-0", "--against", "c-left.onnx"], 1,
               ["input times gradient: another map"])
    for name in ("sum", "difference", "sums"):
        yield Case(f"canonize: a folded operand of a {name}", ["canonize", f"c-{name}-stored.onnx", "--pass",
                                                               "fold-constant", "-o", f"c-{name}.onnx"], 0,
                   ["proved  fold-constant"], writes=True)
    yield Case("canonize: a folded operand of what is not folded",
               ["canonize", "c-beyond.onnx", "--pass", "fold-constant", "-o", "c-beyond-out.onnx"], 0,
               ["does not apply at q", "written"], writes=True)
    for name, op in (("product", "Mul"), ("gemm", "Gemm")):
        yield Case(f"canonize: no folded operand of a {name}", ["canonize", f"c-{name}-stored.onnx", "--pass",
                                                                "fold-constant", "-o", f"c-{name}.onnx"], 0,
                   [f"does not apply at r: 'y' ({op})"], writes=True)
    for name in ("minus", "apart", "wrapped", "tower", "clip-wide"):
        yield Case(f"canonize: {name} is read again", ["canonize", f"c-{name}.onnx", "-o", f"c-{name}-out.onnx"], 0,
                   ["written without rounding"], writes=True)
    yield Case("canonize: the largest float32 is a bound of doubles", ["canonize", "c-clip-float.onnx", "--against",
                                                                       "c-clip-none.onnx", "--domain=0,1e40"], 1,
               ["refuted", "replayed"])
    yield Case("canonize: a bound beyond float32 is one", ["canonize", "c-clip-wide.onnx", "--against",
                                                           "c-clip-none.onnx", "--domain=0,1e40"], 1, ["refuted"])
    yield Case("canonize: equal over a point, other gradients",
               ["canonize", "c-flat.onnx", "--against", "c-steep.onnx", "--domain", "0,0", "--inputs", "c-origin.npy",
                "--rules", "lrp-0"], 0, ["net.equal  proved", "input times gradient: another map"])
    yield Case("canonize: the other is not piecewise linear",
               [*rules, "lrp-0", "--against", "c-smooth.onnx"], 2, ["Sigmoid", "the other model"])
    yield Case("canonize: bias per position", [*padded, "c-padded-right.onnx"], 0, ["proved"])


def schema(source):
    with open(os.path.join(source, "docs", "lrproof-report-1.schema.json"), encoding="utf-8") as read:
        return json.load(read)


def tests(programs, folder, source):
    def report_of(argv, code):
        done = run(programs, [*argv, "--format", "json"], folder)
        assert done.returncode == code, done
        report = json.loads(done.stdout)
        jsonschema.validate(report, schema(source))
        return report

    def finding(report, check, kind=None):
        found = [f for f in report["findings"] if f["check"] == check and kind in (None, f["scope"]["kind"])]
        assert len(found) == 1, report["findings"]
        return found[0]

    def written():
        report = report_of(["canonize", "c-normed.onnx", "-o", "c-out.onnx", "--inputs", "c-x.npy", "--domain=-4,4"], 0)
        at, over = finding(report, "canon.bound", "points"), finding(report, "canon.bound", "box")
        bounds = at["numbers"]["bounds"]
        assert at["verdict"] == over["verdict"] == "proved"
        assert 0 < bounds["largest_seen"] <= bounds["bound"] <= 1000 * bounds["largest_seen"], bounds
        assert bounds["bound"] <= over["numbers"]["bounds"]["bound"]
        assert report["model"]["canonized"]["steps"]
        again = report_of(["canonize", "c-out.onnx", "-o", "c-again.onnx"], 0)
        assert not again["model"]["canonized"]["steps"]
        report_of(["canonize", "c-out.onnx", "--against", "c-again.onnx"], 0)

    def every_output():
        """Each output has its own bound, here one of 0 and one of what rounding does."""
        report = report_of(["canonize", "c-outputs.onnx", "-o", "c-outputs-out.onnx", "--inputs", "c-x.npy",
                            "--domain=-4,4", "--tolerance", "1e-12"], 1)
        found = {(f["place"]["node"], f["scope"]["kind"]): f for f in report["findings"] if f["check"] == "canon.bound"}
        assert len(found) == 4 and len({f["id"] for f in found.values()}) == 4, report["findings"]
        for kind in ("points", "box"):
            first, second = found["y", kind], found["z", kind]
            assert first["verdict"] == "proved" and first["numbers"]["bounds"]["bound"] == 0, first
            assert "of output 'y'" in first["statement"] and "before the head" in first["statement"], first
            assert 1e-12 < second["numbers"]["bounds"]["largest_seen"] <= second["numbers"]["bounds"]["bound"], second
            assert "of output 'z'" in second["statement"] and "head" not in second["statement"], second
        assert found["z", "points"]["verdict"] == "unknown" and found["z", "box"]["verdict"] == "refuted"

    def names_are_words():
        done = run(programs, ["canonize", "c-colours.onnx", "-o", "c-colours-out.onnx", "--inputs", "c-x.npy"], folder)
        assert done.returncode == 0 and b"31mz" in done.stdout and b"\x1b" not in done.stdout, done

    def head_is_kept():
        report_of(["canonize", "c-soft.onnx", "-o", "c-soft-out.onnx"], 0)
        report = report_of(["canonize", "c-soft-out.onnx", "--against", "c-soft.onnx"], 0)
        assert finding(report, "net.equal")["verdict"] == "proved"
        with open(os.path.join(folder, "c-soft-out.onnx"), "rb") as read:
            data = read.read()
        assert b"Softmax" in data and b"soft" in data and b"N" in data

    def witness():
        report = report_of(["canonize", "c-padded.onnx", "--against", "c-padded-wrong.onnx"], 1)
        found = finding(report, "net.equal")
        shown = found["exemplars"][0]
        assert found["verdict"] == "refuted" and found["trust"] == "checked"
        first, second = shown["witness"]["first"], shown["witness"]["second"]
        assert first != second
        border = [k for k in range(12) if first[k] != second[k]]
        assert all(k // 4 in (0, 2) or k % 4 in (0, 3) for k in border), border

    def maps():
        argv = ["audit", "c-exact.onnx", "--inputs", "c-x.npy", "--check", "inv.impl", "--canonize",
                "batchnorm-into-affine", "--certificates", "all", "--report", "c-maps.json"]
        done = run(programs, [*argv, "--rules", "lrp-epsilon", "--rules", "lrp-0"], folder)
        assert done.returncode == 0, done
        with open(os.path.join(folder, "c-maps.json"), encoding="utf-8") as read:
            report = json.load(read)
        jsonschema.validate(report, schema(source))
        assert run(programs, ["c-maps.json"], folder, "recheck").returncode == 0
        found = [f for f in report["findings"] if f["verdict"] == "refuted"]
        assert [f["rule_set"] for f in found] == ["lrp-epsilon"], report["findings"]
        witness = found[0]["exemplars"][0]["witness"]
        for bend in ({"first": witness["second"]}, {"element": 1 - witness["element"]}, {"kind": "same-map"}):
            kept = dict(witness)
            witness.update(bend)
            with open(os.path.join(folder, "c-bent.json"), "w", encoding="utf-8") as write:
                json.dump(report, write)
            assert run(programs, ["c-bent.json"], folder, "recheck").returncode == 70, bend
            witness.update(kept)

    def other_model_is_not_at_hand():
        argv = ["canonize", "c-exact.onnx", "--against", "c-left.onnx", "--inputs", "c-x.npy", "--rules", "lrp-0"]
        assert run(programs, [*argv, "--report", "c-two.json"], folder).returncode == 1
        again = run(programs, ["c-two.json"], folder, "recheck")
        assert again.returncode == 3 and b"not at hand" in again.stdout, again

    def picture():
        done = run(programs, ["canonize", "c-exact.onnx", "--svg", "c.svg"], folder)
        if done.returncode == 2:
            assert b"graphviz" in done.stderr and not os.path.exists(os.path.join(folder, "c.svg")), done
            return
        with open(os.path.join(folder, "c.svg"), encoding="utf-8") as read:
            assert "<svg" in read.read()

    yield "canonize: written, bounded, read again", written
    yield "canonize: every output is bounded", every_output
    yield "canonize: names do not reach the terminal as they are", names_are_words
    yield "canonize: the softmax stays", head_is_kept
    yield "canonize: what differs is the border", witness
    yield "canonize: maps before and after, replayed; bent witnesses are not", maps
    yield "canonize: maps of another model are not covered by the recheck", other_model_is_not_at_hand
    yield "canonize: a picture", picture
