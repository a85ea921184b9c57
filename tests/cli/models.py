"""ONNX files that are damaged, hostile, or merely not what the command can take."""
import math
import os
import random

from case import Case
from onnx_bytes import INT64, chunk, dense, model, node, number, tensor, two_layers, varint


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as out:
        out.write(data)


def identity(tensors, nodes):
    return model(nodes, tensors)


W = tensor("w", (2, 2), (1.0, 2.0, 3.0, 4.0))


def external(entries):
    return model([dense("x", "y", "fc", "w")], [tensor("w", (2, 2), (), external=entries)])


def broken_files(source):
    """(file name, bytes, words of the error)."""
    whole = two_layers()
    rng = random.Random(7)
    yield "empty.onnx", b"", ["empty.onnx"]
    yield "random.onnx", bytes(rng.randrange(256) for _ in range(4096)), ["random.onnx"]
    yield "text.onnx", b"this is not a model\n" * 50, ["text.onnx"]
    yield "html.onnx", b"<!DOCTYPE html><html><body>404</body></html>", ["html.onnx"]
    yield "half.onnx", whole[: len(whole) // 2], ["half.onnx", "byte"]
    yield "cut_last_byte.onnx", whole[:-1], ["cut_last_byte.onnx"]
    yield "no_graph.onnx", number(1, 8), ["no_graph.onnx"]
    yield "long_length.onnx", number(1, 8) + varint(7 << 3 | 2) + varint(1 << 62) + b"x", ["long_length.onnx"]
    yield "endless_varint.onnx", b"\xff" * 64, ["endless_varint.onnx"]
    yield "deep.onnx", nested(3000), ["deep.onnx"]
    big = 1 << 31
    yield "huge_dims.onnx", model([dense("x", "y", "fc", "w")], [tensor("w", (), (1.0,), dims=(big, big))]), ["w"]
    yield "overflow_dims.onnx", model([dense("x", "y", "fc", "w")],
                                      [tensor("w", (), (1.0,), dims=(1 << 62, 4))]), ["w"]
    yield "negative_dims.onnx", model([dense("x", "y", "fc", "w")], [tensor("w", (), (1.0,), dims=(-2, -2))]), ["w"]
    yield "huge_input.onnx", model([node("Relu", ["x"], ["y"])], inputs=[("x", (1, 1 << 40))]), ["x"]
    yield "huge_output.onnx", model(
        [node("ConstantOfShape", ["s"], ["c"]), node("Add", ["x", "c"], ["y"])],
        [tensor("s", (3,), (1 << 20, 1 << 20, 1 << 20), kind=INT64)]), []
    yield "huge_expand.onnx", model([node("Expand", ["x", "s"], ["y"], "grow")],
                                    [tensor("s", (2,), (1 << 30, 2), kind=INT64)]), []
    yield "huge_pads.onnx", model([node("MaxPool", ["x"], ["y"], "pool", kernel_shape=[2, 2],
                                        pads=[1 << 30] * 4)], inputs=[("x", (1, 1, 4, 4))]), ["pool"]
    yield "zero_stride.onnx", model([node("MaxPool", ["x"], ["y"], "pool", kernel_shape=[2, 2], strides=[0, 0])],
                                    inputs=[("x", (1, 1, 4, 4))]), ["pool"]
    yield "few_values.onnx", model([dense("x", "y", "fc", "w")], [tensor("w", (), (1.0, 2.0), dims=(2, 2))]), ["w"]
    yield "cycle.onnx", model([node("Add", ["x", "b"], ["a"], "one"), node("Relu", ["a"], ["b"], "two"),
                               node("Relu", ["b"], ["y"], "three")]), ["cycl"]
    yield "self_loop.onnx", model([node("Add", ["x", "y"], ["y"], "loop")]), []
    yield "nobody_makes.onnx", model([node("Add", ["x", "ghost"], ["y"], "sum")]), ["ghost"]
    yield "made_twice.onnx", model([node("Relu", ["x"], ["y"], "one"), node("Relu", ["x"], ["y"], "two")]), ["y"]
    yield "no_output.onnx", model([node("Relu", ["x"], ["y"])], outputs=[]), []
    yield "other_output.onnx", model([node("Relu", ["x"], ["y"])], outputs=[("z", (1, 2))]), ["z"]
    yield "two_inputs.onnx", model([node("Add", ["x", "u"], ["y"])],
                                   inputs=[("x", (1, 2)), ("u", (1, 2))]), ["input"]
    yield "no_inputs.onnx", model([node("Relu", ["w"], ["y"])], [W], inputs=[]), ["input"]
    yield "no_nodes.onnx", model([]), []
    yield "nan_weight.onnx", two_layers(first=(1.0, 2.0, math.nan, 4.0, 5.0, 6.0)), ["w1", "index 2"]
    yield "inf_weight.onnx", two_layers(first=(1.0, 2.0, 3.0, 4.0, -math.inf, 6.0)), ["w1", "index 4", "inf"]
    yield "shapes.onnx", model([dense("x", "y", "fc", "w")], [tensor("w", (3, 2), (1.0,) * 6)]), ["fc"]
    yield "no_weights.onnx", model([node("Gemm", ["x"], ["y"], "fc")]), ["fc"]
    yield "loop.onnx", model([node("Loop", ["x"], ["y"], "again")]), ["Loop"]
    yield "future.onnx", model([node("Relu", ["x"], ["y"])], opset=99), ["99"]
    yield "past.onnx", model([node("Relu", ["x"], ["y"])], opset=1), ["opset"]
    yield "not_beside.onnx", external([("location", "missing.bin")]), ["missing.bin"]
    yield "outside.onnx", external([("location", "../secret.bin")]), ["secret.bin"]
    yield "absolute.onnx", external([("location", "/etc/hostname")]), ["/etc/hostname"]
    yield "short_data.onnx", external([("location", "short.bin")]), ["short.bin"]
    yield "far_offset.onnx", external([("location", "short.bin"), ("offset", "999999999999")]), ["short.bin"]
    yield "bad_offset.onnx", external([("location", "short.bin"), ("offset", "-4")]), []
    yield "huge_length.onnx", external([("location", "short.bin"), ("length", "99999999999999999999")]), []
    yield "link_data.onnx", external([("location", "link.bin")]), ["link.bin"]


def nested(depth):
    """A graph inside an attribute of a node inside a graph, and so on."""
    graph = b""
    for _ in range(depth):
        graph = chunk(1, chunk(4, "If") + chunk(5, chunk(1, "then_branch") + chunk(6, graph)))
        if len(graph) > 60000:
            break
    return number(1, 8) + chunk(7, graph)


def cases(folder, source):
    write(folder, "short.bin", b"\0" * 4)
    os.symlink("/etc/passwd", os.path.join(folder, "link.bin"))
    rest = ["--rules", "lrp-0", "--inputs", "x.npy"]
    for name, data, words in broken_files(source):
        write(folder, name, data)
        yield Case(f"model: {name}", ["audit", name, *rest], 2, [name, *words])
        yield Case(f"attribute: {name}", ["attribute", name, *rest, "-o", "map.npy"], 2, [name])
    yield from flipped_bytes(folder, source)
    write(folder, "unknown_op.onnx", model([node("Frobnicate", ["x"], ["y"], "odd")]))
    write(folder, "foreign.onnx", model([node("Relu", ["x"], ["y"], "odd", domain="com.example")]))
    inside = model([dense("x", "h", "fc1", "w"), node("Softmax", ["h"], ["p"], "soft", axis=-1),
                    dense("p", "y", "fc2", "w")], [W])
    write(folder, "softmax.onnx", inside)
    write(folder, "tanh.onnx", two_layers(between="Tanh"))
    for name, op in (("unknown_op.onnx", "Frobnicate"), ("foreign.onnx", "com.example"), ("softmax.onnx", "Softmax"),
                     ("tanh.onnx", "Tanh")):
        yield Case(f"not supported: {name}", ["audit", name, *rest], 2, [op])
    for name in ("missing.onnx", "."):
        yield Case(f"model: {name}", ["audit", name, *rest], 2, [name])
    yield Case("model: a pipe", ["audit", "/dev/zero", *rest], 2, ["regular file"])
    yield Case("canonize: damaged", ["canonize", "half.onnx", "--dry-run"], 2, ["half.onnx"])


def flipped_bytes(folder, source):
    """One changed byte at many places: a right answer or one error, and never anything else."""
    rng = random.Random(11)
    whole = two_layers()
    for k in range(60):
        data = bytearray(whole)
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        name = f"flip{k}.onnx"
        write(folder, name, bytes(data))
        yield Case(f"model: {name}", ["audit", name, "--rules", "lrp-0", "--inputs", "x.npy", "-q"], (0, 2, 3))
