"""A writer of ONNX files from the wire format alone, so that damaged ones can be made as easily as whole ones."""
import struct

FLOAT, INT64, DOUBLE = 1, 7, 11


def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def chunk(field, value):
    value = value.encode() if isinstance(value, str) else bytes(value)
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, shape, values, dims=None, external=None, kind=FLOAT):
    """dims may lie about the shape; external is a list of (key, value)."""
    out = b"".join(number(1, d) for d in (dims or shape)) + number(2, kind) + chunk(8, name)
    if external is not None:
        out += b"".join(chunk(13, chunk(1, k) + chunk(2, v)) for k, v in external)
        return out + number(14, 1)
    letter = {FLOAT: "f", INT64: "q", DOUBLE: "d"}[kind]
    return out + chunk(9, struct.pack(f"<{len(values)}{letter}", *values))


def attribute(name, value):
    out = chunk(1, name)
    if isinstance(value, float):
        return out + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, int):
        return out + number(3, value) + number(20, 2)
    if isinstance(value, bytes):
        return out + chunk(4, value) + number(20, 3)
    return out + b"".join(number(8, v) for v in value) + number(20, 7)


def node(op, inputs, outputs, name="", domain="", **attributes):
    out = b"".join(chunk(1, v) for v in inputs) + b"".join(chunk(2, v) for v in outputs)
    out += chunk(3, name or op.lower()) + chunk(4, op)
    out += b"".join(chunk(5, attribute(k, v)) for k, v in attributes.items())
    return out + (chunk(7, domain) if domain else b"")


def value_info(name, shape, kind=FLOAT):
    dims = b"".join(chunk(1, chunk(2, d) if isinstance(d, str) else number(1, d)) for d in shape)
    return chunk(1, name) + chunk(2, chunk(1, number(1, kind) + chunk(2, dims)))


def model(nodes, tensors=(), inputs=(("x", (1, 2)),), outputs=(("y", (1, 2)),), opset=13):
    graph = b"".join(chunk(1, n) for n in nodes) + chunk(2, "g") + b"".join(chunk(5, t) for t in tensors)
    graph += b"".join(chunk(11, value_info(*i)) for i in inputs)
    graph += b"".join(chunk(12, value_info(*o)) for o in outputs)
    return number(1, 8) + chunk(7, graph) + chunk(8, chunk(1, "") + number(2, opset))


def dense(x, y, name, w, b=None):
    return node("Gemm", [x, w] + ([b] if b else []), [y], name)


def two_layers(first=(1.0, -2.0, 0.5, 3.0, 1.5, -1.0), between="Relu"):
    """2 inputs, 3 hidden units, 2 outputs."""
    nodes = [dense("x", "h", "fc1", "w1", "b1"), node(between, ["h"], ["a"], "act"),
             dense("a", "y", "fc2", "w2", "b2")]
    tensors = [tensor("w1", (2, 3), first), tensor("b1", (3,), (0.25, -0.5, 0.125)),
               tensor("w2", (3, 2), (1.0, 2.0, -1.0, 0.5, 0.75, -0.25)), tensor("b2", (2,), (0.5, -0.25))]
    return model(nodes, tensors)
