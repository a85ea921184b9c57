"""One-operator ONNX models: every operator lrproof reads, at each opset from 7 to 22 where its definition changed, with
random attributes. cases(seed) yields (title, model, input shape)."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OLDEST, NEWEST = 7, 22


def schema(op, opset):
    try:
        found = onnx.defs.get_schema(op, opset, "")
    except onnx.defs.SchemaError:
        return None
    return None if found.deprecated else found


def opsets(op):
    """The opsets at which the operator's definition is new, and the ends of our range."""
    known = {opset: schema(op, opset) for opset in range(OLDEST, NEWEST + 1)}
    starts = {max(found.since_version, OLDEST) for found in known.values() if found}
    return sorted(starts | ({NEWEST} if known[NEWEST] else set()))


def model(nodes, shape, constants, opset, outputs=("y",)):
    stored = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(
        nodes, "one", [helper.make_tensor_value_info("x", TensorProto.FLOAT, list(shape))],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs], stored)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    made.ir_version = min(made.ir_version, 8 if opset < 19 else 10)
    return made


class Maker:
    """Builds the node of one operator at one opset: what is an attribute there becomes one, else a stored operand."""

    def __init__(self, op, opset, draw):
        self.op, self.opset, self.draw = op, opset, draw
        self.inputs, self.constants, self.attributes = ["x"], {}, {}
        self.known = schema(op, opset)

    def stored(self, value, name=None):
        name = name or f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        self.inputs.append(name)
        return self

    def first(self, value):
        """A stored operand in front of x."""
        self.stored(value)
        self.inputs.insert(0, self.inputs.pop())
        return self

    def given(self, **values):
        """Attributes that this version of the operator has; others are dropped."""
        self.attributes.update({k: v for k, v in values.items() if k in self.known.attributes and v is not None})
        return self

    def either(self, key, value, kind=np.int64):
        if key in self.known.attributes:
            return self.given(**{key: value})
        return self.stored(np.asarray(value, dtype=kind))

    def skip(self):
        self.inputs.append("")
        return self

    def floats(self, *shape):
        return self.draw.normal(size=shape).astype(np.float32)

    def build(self, shape, outputs=("y",)):
        node = helper.make_node(self.op, self.inputs, list(outputs), name="op", **self.attributes)
        return model([node], shape, self.constants, self.opset, outputs), shape


def random_window(draw, axes, pool=True):
    kernel = [int(v) for v in draw.integers(1, 4, size=axes)]
    dilations = [int(v) for v in draw.integers(1, 3, size=axes)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilations)]
    limit = kernel if pool else reach
    pads = [int(draw.integers(0, max(1, r))) for r in limit] * 2
    return {"kernel_shape": kernel, "dilations": dilations, "pads": pads,
            "strides": [int(v) for v in draw.integers(1, 4, size=axes)]}


def plane(draw, axes):
    return [int(v) for v in draw.integers(7, 11, size=axes)]


def elementwise(op, **attributes):
    def make(m):
        chosen = {key: float(m.draw.uniform(*value)) if isinstance(value, tuple) else value
                  for key, value in attributes.items()}
        return m.given(**chosen).build((1, 3, 5))
    return op, make


def positive(op):
    """x^2 + 1/2 in front: for operators defined on positive numbers."""
    def make(m):
        square = [helper.make_node("Mul", ["x", "x"], ["square"]), helper.make_node("Add", ["square", "half"], ["p"])]
        node = helper.make_node(op, ["p"], ["y"], name="op")
        return model(square + [node], (1, 3, 5), {"half": np.float32(0.5)}, m.opset), (1, 3, 5)
    return op, make


def with_constant(op, shape, constant, front=False):
    def make(m):
        value = m.floats(*constant)
        value = np.where(np.abs(value) < 0.2, np.float32(0.7), value)
        return (m.first(value) if front else m.stored(value)).build(shape)
    return op, make


def two_variables(op, shape=(1, 4, 6), second=(1, 4, 6)):
    """x and a reshaped, scaled copy of a part of it."""
    def make(m):
        size = int(np.prod(second))
        nodes = [helper.make_node("Flatten", ["x"], ["flat"], axis=0), helper.make_node("Abs", ["flat"], ["positive"]),
                 helper.make_node("Add", ["positive", "half"], ["shifted"]),
                 helper.make_node("Gather", ["shifted", "pick"], ["picked"], axis=1),
                 helper.make_node("Reshape", ["picked", "shape"], ["other"]),
                 helper.make_node(op, ["x", "other"], ["y"], name="op")]
        stored = {"half": np.float32(0.5), "pick": np.arange(size)[::-1].astype(np.int64).copy(),
                  "shape": np.array(second, dtype=np.int64)}
        return model(nodes, shape, stored, m.opset), shape
    return op, make


def conv(axes, groups, auto_pad=None):
    def make(m):
        window = random_window(m.draw, axes, pool=False)
        if auto_pad:
            window.pop("pads")
            window["dilations"] = [1] * axes
        m.stored(m.floats(4, 4 // groups, *window["kernel_shape"])).stored(m.floats(4))
        return m.given(group=groups, auto_pad=auto_pad, **window).build((1, 4, *plane(m.draw, axes)))
    return "Conv", make


def conv_transpose(axes, groups, how):
    def make(m):
        window = random_window(m.draw, axes, pool=False)
        window["pads"] = [0] * (2 * axes) if how != "pads" else [int(k > 1) for k in window["kernel_shape"]] * 2
        extra = {}
        shape = (1, 4, *plane(m.draw, axes))
        if how == "output_padding":
            extra["output_padding"] = [int(s > 1) for s in window["strides"]]
        if how.startswith("SAME"):
            window.pop("pads")
            window["dilations"] = [1] * axes
            window["kernel_shape"] = [max(k, s) for k, s in zip(window["kernel_shape"], window["strides"])]
            extra["auto_pad"] = how
        m.stored(m.floats(4, 2, *window["kernel_shape"])).stored(m.floats(2 * groups))
        return m.given(group=groups, **window, **extra).build(shape)
    return "ConvTranspose", make


def pool(op, axes, auto_pad=None, **flags):
    def make(m):
        window = random_window(m.draw, axes)
        if auto_pad:
            window.pop("pads")
            window["dilations"] = [1] * axes
        if op == "AveragePool" and "dilations" not in m.known.attributes:
            window.pop("dilations", None)
        return m.given(auto_pad=auto_pad, **window, **flags).build((1, 3, *plane(m.draw, axes)))
    return op, make


def batch_norm(shape):
    def make(m):
        c = shape[1]
        m.stored(m.floats(c)).stored(m.floats(c)).stored(m.floats(c)).stored(np.abs(m.floats(c)) + np.float32(0.1))
        return m.given(epsilon=1e-3).build(shape)
    return "BatchNormalization", make


def gemm(trans_a, trans_b, c_shape, constant_first=False):
    def make(m):
        x = (5, 3) if trans_a else (3, 5)
        other = (4, 5) if trans_b else (5, 4)
        if constant_first:
            x, other = other, x
            m.first(m.floats(*other))
        else:
            m.stored(m.floats(*other))
        if c_shape is not None:
            m.stored(m.floats(*c_shape))
        elif m.opset < 11:
            m.stored(np.zeros(1, dtype=np.float32))
        return m.given(alpha=0.75, beta=1.5, transA=trans_a, transB=trans_b).build(x)
    return "Gemm", make


def reduce(op, axes, keepdims, shape=(1, 3, 4, 5)):
    def make(m):
        if axes is not None:
            m.either("axes", axes)
        return m.given(keepdims=keepdims).build(shape)
    return op, make


def reshaping(op, shape, configure):
    return op, lambda m: configure(m).build(shape)


def slicing(starts, ends, axes, steps=None):
    def make(m):
        m.either("starts", starts).either("ends", ends).either("axes", axes)
        if steps and m.opset >= 10:
            m.stored(np.array(steps, dtype=np.int64))
        elif steps:
            return None
        return m.build((1, 4, 6, 5))
    return "Slice", make


def padding(mode, pads):
    def make(m):
        if m.opset < 19 and mode == "wrap":
            return None
        m.given(mode=mode).either("pads", pads)
        if mode == "constant":
            m.either("value", 1.25, np.float32)
        return m.build((1, 2, 5, 4))
    return "Pad", make


def splitting(sizes):
    def make(m):
        if sizes:
            m.either("split", sizes)
        elif "num_outputs" in m.known.attributes:
            m.given(num_outputs=3)
        node = helper.make_node("Split", m.inputs, ["a", "b", "c"], name="op", axis=1, **m.attributes)
        join = helper.make_node("Concat", ["c", "a", "b"], ["y"], axis=1)
        return model([node, join], (1, 6, 2), m.constants, m.opset), (1, 6, 2)
    return "Split", make


def dynamic_flatten():
    """Shape, Gather, Unsqueeze, Concat, Reshape: how exporters spell Flatten."""
    def make(m):
        unsqueeze = Maker("Unsqueeze", m.opset, m.draw)
        unsqueeze.inputs = ["first"]
        unsqueeze.either("axes", [0])
        nodes = [helper.make_node("Shape", ["x"], ["shape"]), helper.make_node("Gather", ["shape", "zero"], ["first"], axis=0),
                 helper.make_node("Unsqueeze", unsqueeze.inputs, ["lead"], **unsqueeze.attributes),
                 helper.make_node("Concat", ["lead", "rest"], ["to"], axis=0),
                 helper.make_node("Reshape", ["x", "to"], ["y"])]
        stored = {"zero": np.int64(0), "rest": np.array([-1], dtype=np.int64), **unsqueeze.constants}
        return model(nodes, (1, 2, 3, 4), stored, m.opset), (1, 2, 3, 4)
    return "Reshape", make


def clip(low, high):
    def make(m):
        if "min" in m.known.attributes:
            return m.given(min=low, max=high).build((1, 3, 7))
        m.stored(np.float32(low)) if low is not None else m.skip()
        if high is not None:
            m.stored(np.float32(high))
        return m.build((1, 3, 7))
    return "Clip", make


def many(op, count, constants=False):
    def make(m):
        if constants:
            m.stored(m.floats(4, 1))
            return m.build((2, 4, 3))
        nodes = [helper.make_node("Mul", ["x", f"f{k}"], [f"v{k}"]) for k in range(count)]
        nodes.append(helper.make_node(op, [f"v{k}" for k in range(count)], ["y"], name="op"))
        return model(nodes, (1, 4, 3), {f"f{k}": m.floats(1, 4, 1) for k in range(count)}, m.opset), (1, 4, 3)
    return op, make


def norm(op, shape, **attributes):
    def make(m):
        if op == "LayerNormalization":
            m.stored(m.floats(*shape[attributes["axis"]:])).stored(m.floats(*shape[attributes["axis"]:]))
        if op in ("InstanceNormalization", "GroupNormalization"):
            count = attributes["num_groups"] if op == "GroupNormalization" and m.opset < 21 else shape[1]
            m.stored(m.floats(count)).stored(m.floats(count))
        return m.given(epsilon=1e-3, **attributes).build(shape)
    return op, make


def choose():
    def make(m):
        nodes = [helper.make_node("Neg", ["x"], ["minus"]), helper.make_node("Where", ["mask", "x", "minus"], ["y"])]
        mask = m.draw.integers(0, 2, size=(4, 1)).astype(bool)
        return model(nodes, (1, 4, 3), {"mask": mask}, m.opset), (1, 4, 3)
    return "Where", make


def piecewise_linear():
    yield from (elementwise(op) for op in ("Relu", "Abs", "Identity", "Neg", "Dropout"))
    yield elementwise("LeakyRelu", alpha=(-0.5, 0.9))
    yield elementwise("HardSigmoid", alpha=(0.1, 0.6), beta=(-0.5, 0.9))
    yield elementwise("HardSigmoid", alpha=(-0.6, -0.1), beta=(-0.5, 0.9))
    yield elementwise("Cast", to=TensorProto.FLOAT)
    yield from (with_constant("PRelu", (1, 3, 5, 2), slope) for slope in ((1,), (3, 1, 1), (2,), (3, 5, 2)))
    yield from (clip(*bounds) for bounds in ((-0.5, 0.8), (0.0, None), (None, 0.3), (0.0, 6.0), (-1.0, 1.0)))
    for op in ("Max", "Min", "Sum", "Mean"):
        yield from (many(op, 1), many(op, 3), many(op, 2, constants=True))
    yield choose()


def affine():
    for op in ("Add", "Sub", "Mul", "Div"):
        yield from (with_constant(op, (1, 3, 4), (3, 1)), with_constant(op, (1, 4), (2, 1, 4)), with_constant(op, (1, 3, 4), ()))
    yield from (with_constant(op, (1, 3, 4), (3, 4), front=True) for op in ("Add", "Sub", "Mul"))
    yield from (two_variables(op) for op in ("Add", "Sub"))
    yield two_variables("Add", second=(4, 1))
    yield from (with_constant("MatMul", x, c) for x, c in (((1, 5), (5, 4)), ((5,), (5, 4)), ((2, 3, 5), (5, 4)),
                                                           ((1, 5), (5,)), ((3, 5), (1, 1, 5, 4)), ((2, 3, 5), (2, 5, 4))))
    yield from (with_constant("MatMul", x, c, front=True) for x, c in (((5, 4), (3, 5)), ((5,), (3, 5)), ((2, 5, 4), (3, 5)),
                                                                       ((5, 4), (5,)), ((5, 3), (2, 4, 5))))
    for trans_a in (0, 1):
        for trans_b in (0, 1):
            yield from (gemm(trans_a, trans_b, c) for c in (None, (4,), (1, 4), (1,), (3, 1), (3, 4)))
            yield from (gemm(trans_a, trans_b, c, constant_first=True) for c in (None, (4,), (3, 1)))
    for axes in (1, 2, 3):
        yield from (conv(axes, 1), conv(axes, 2), conv(axes, 4), conv(axes, 1, "SAME_UPPER"), conv(axes, 2, "SAME_LOWER"),
                    conv(axes, 1, "VALID"))
        yield from (conv_transpose(axes, groups, how) for groups in (1, 2) for how in ("none", "pads", "output_padding"))
    yield from (conv_transpose(2, 1, "SAME_UPPER"), conv_transpose(2, 1, "SAME_LOWER"))
    yield from (batch_norm((1, 4)), batch_norm((1, 3, 5)), batch_norm((1, 2, 4, 3)))


def pooled():
    for axes in (1, 2, 3):
        for _ in range(3):
            yield from (pool("MaxPool", axes), pool("AveragePool", axes, count_include_pad=0),
                        pool("AveragePool", axes, count_include_pad=1))
        yield from (pool("MaxPool", axes, ceil_mode=1), pool("AveragePool", axes, ceil_mode=1, count_include_pad=0),
                    pool("AveragePool", axes, ceil_mode=1, count_include_pad=1))
        yield from (pool(op, axes, how) for op in ("MaxPool", "AveragePool") for how in ("SAME_UPPER", "SAME_LOWER", "VALID"))
        yield from (elementwise_of("GlobalAveragePool", axes), elementwise_of("GlobalMaxPool", axes))
    for op in ("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL1", "ReduceL2", "ReduceLogSumExp",
               "ReduceSumSquare"):
        for axes in ([2, 3], [3], [1], [1, -1], None):
            yield from (reduce(op, axes, 1), reduce(op, axes, 0))


def elementwise_of(op, axes):
    return op, lambda m: m.build((1, 3, *plane(m.draw, axes)))


def rearranged():
    as_int = lambda values: np.array(values, dtype=np.int64)
    yield reshaping("Reshape", (1, 2, 6), lambda m: m.stored(as_int([0, -1, 3])))
    yield reshaping("Reshape", (1, 2, 6), lambda m: m.stored(as_int([12])))
    yield from (reshaping("Flatten", (2, 3, 4), lambda m, a=a: m.given(axis=a)) for a in (0, 1, 2, 3))
    yield reshaping("Squeeze", (1, 3, 1, 2), lambda m: m.either("axes", [0, 2]))
    yield reshaping("Squeeze", (1, 3, 1, 2), lambda m: m)
    yield reshaping("Unsqueeze", (3, 2), lambda m: m.either("axes", [0, 3]))
    yield reshaping("Transpose", (1, 3, 4, 2), lambda m: m.given(perm=[0, 2, 3, 1]))
    yield reshaping("Transpose", (3, 4, 2), lambda m: m)
    yield reshaping("Expand", (3, 1), lambda m: m.stored(as_int([2, 1, 4])))
    yield reshaping("Tile", (2, 3), lambda m: m.stored(as_int([2, 3])))
    yield reshaping("Gather", (1, 4, 3), lambda m: m.stored(as_int([[2, 0], [3, 3]])).given(axis=1))
    yield reshaping("Gather", (4, 3), lambda m: m.stored(as_int(-1 if m.opset >= 11 else 2)).given(axis=0))
    yield reshaping("DepthToSpace", (1, 8, 2, 3), lambda m: m.given(blocksize=2, mode="DCR"))
    yield reshaping("DepthToSpace", (1, 8, 2, 3), lambda m: m.given(blocksize=2, mode="CRD"))
    yield reshaping("SpaceToDepth", (1, 2, 4, 6), lambda m: m.given(blocksize=2))
    yield reshaping("Concat", (1, 2, 3), lambda m: m.stored(m.floats(1, 4, 3)).given(axis=1))
    yield from (slicing([1, 0], [3, 4], [1, 2]), slicing([-3], [2**31 - 1], [2]), slicing([5, 0], [-100, 4], [2, 1], [-2, 3]),
                slicing([0], [2**63 - 1], [3], [2]))
    yield from (padding(mode, pads) for mode in ("constant", "reflect", "edge", "wrap") for pads in
                ([0, 0, 1, 2, 0, 0, 2, 1], [0, 0, 0, 3, 0, 0, 0, 0]))
    yield padding("constant", [0, 0, -1, 2, 0, 0, 1, -1])
    yield from (splitting([1, 3, 2]), splitting(None), dynamic_flatten())


def opaque():
    yield from (elementwise(op) for op in ("Sigmoid", "Tanh", "Softplus", "Softsign", "Erf", "Exp", "HardSwish", "Mish", "Sin",
                                           "Cos", "Floor", "Ceil", "Round", "Sign", "Reciprocal"))
    yield from (positive("Sqrt"), positive("Log"))
    yield from (elementwise(op, alpha=(0.5, 1.5)) for op in ("Elu", "Celu", "ThresholdedRelu"))
    yield from (elementwise("Selu"), elementwise("Selu", alpha=(1.0, 2.0), gamma=(0.5, 1.5)))
    yield elementwise("Shrink", lambd=(0.2, 0.8), bias=(-0.5, 0.5))
    yield from (elementwise("Gelu", approximate="none"), elementwise("Gelu", approximate="tanh"))
    for op in ("Softmax", "LogSoftmax"):
        yield elementwise(op)
        yield from (reshaping(op, (2, 3, 4), lambda m, a=a: m.given(axis=a)) for a in (0, 1, 2))
    yield from (two_variables(op) for op in ("Mul", "Div"))
    yield from (two_variables("Mul", second=(4, 1)), with_constant("Div", (1, 3, 4), (3, 4), front=True))
    yield "Pow", lambda m: m.stored(np.float32(3)).build((1, 3, 4))
    yield from (two_variables("MatMul", x, y) for x, y in (((1, 4, 6), (1, 6, 4)), ((4, 6), (2, 6, 2)), ((2, 1, 3, 4), (1, 2, 4, 3)),
                                                           ((6,), (6, 1)), ((3, 4), (4,))))
    yield from (norm("LayerNormalization", (1, 3, 4), axis=axis) for axis in (-1, 1))
    yield norm("InstanceNormalization", (1, 3, 4, 2))
    yield norm("GroupNormalization", (1, 6, 4), num_groups=3)
    yield from (elementwise("LpNormalization", axis=axis, p=p) for axis in (-1, 1) for p in (1, 2))
    yield from (reshaping("LRN", (1, 6, 3, 3), lambda m, s=s: m.given(size=s, alpha=0.3, beta=0.6, bias=1.5)) for s in (3, 5))


def cases(seed):
    draw = np.random.default_rng(seed)
    for family in (piecewise_linear, affine, pooled, rearranged, opaque):
        for number, (op, make) in enumerate(family()):
            for opset in opsets(op):
                made = make(Maker(op, opset, draw))
                if made is not None:
                    yield f"{family.__name__} {number} {op} opset {opset}", *made
