"""Dense ReLU networks for bench/, read from ONNX files by the wire format alone, so that what a solver is asked owes
nothing to lrproof: each layer's weights, the shape operations in front of it taken into the order of its columns, and
exact evaluation in integers. Needs numpy.
"""
import struct
from dataclasses import dataclass
from fractions import Fraction

import numpy as np


@dataclass
class Layer:
    weight: np.ndarray  # float32, units x inputs
    bias: np.ndarray
    relu: bool = False


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of a message; lengths as bytes, 4 and 8 byte fields as bytes too."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(kind)
            if size is None:
                size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        yield key >> 3, value


def integers(values):
    """A repeated integer field, packed or not."""
    out = []
    for value in values:
        if isinstance(value, int):
            out.append(value)
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            out.append(number)
    return out


def collected(data):
    message = {}
    for number, value in fields(data):
        message.setdefault(number, []).append(value)
    return message


def tensor(message):
    shape = integers(message.get(1, []))
    kind = message[2][0]
    if kind == 1:
        raw = message[9][0] if 9 in message else b"".join(
            v if isinstance(v, bytes) else struct.pack("<f", v) for v in message.get(4, []))
        return np.frombuffer(raw, "<f4").reshape(shape)
    if kind == 7:
        values = np.frombuffer(message[9][0], "<i8") if 9 in message else np.array(integers(message.get(7, [])))
        return values.reshape(shape)
    raise ValueError(f"a tensor of type {kind} is not read here")


def attributes(node):
    found = {}
    for data in node.get(5, []):
        a = collected(data)
        name = a[1][0].decode()
        if 5 in a:
            found[name] = tensor(collected(a[5][0]))
        elif 8 in a:
            found[name] = integers(a[8])
        elif 3 in a:
            found[name] = a[3][0]
        elif 2 in a:
            found[name] = struct.unpack("<f", a[2][0])[0]
    return found


def input_shape(graph, constants):
    for data in graph[11]:
        info = collected(data)
        if info[1][0].decode() in constants:
            continue
        dims = collected(collected(collected(info[2][0])[1][0])[2][0]).get(1, [])
        return [collected(d).get(1, [1])[0] if collected(d) else 1 for d in dims]
    raise ValueError("no input")


def multiply(layers, weight, order):
    """A new layer; the shape operations before the first one are the order of its columns."""
    if not layers:
        straight = np.empty_like(weight)
        straight[:, order] = weight
        weight = straight
    layers.append(Layer(weight, np.zeros(weight.shape[0], np.float32)))


def read_network(path):
    """The layers of a dense ReLU network; ValueError where the file holds anything else."""
    with open(path, "rb") as file:
        graph = collected(collected(file.read())[7][0])
    constants = {}
    for data in graph.get(5, []):
        message = collected(data)
        constants[message[8][0].decode()] = tensor(message)
    shape = [d if isinstance(d, int) and d > 0 else 1 for d in input_shape(graph, constants)]
    order, layers = np.arange(int(np.prod(shape))).reshape(shape), []
    for data in graph[1]:
        node = collected(data)
        op, names = node[4][0].decode(), [n.decode() for n in node.get(1, [])]
        given, known = attributes(node), [constants.get(n) for n in names]
        if op == "Constant":
            constants[node[2][0].decode()] = given["value"]
        elif op in ("Reshape", "Flatten", "Identity", "Squeeze", "Unsqueeze"):
            continue
        elif op == "Transpose" and not layers:
            order = order.transpose(given["perm"])
        elif op == "MatMul":
            multiply(layers, known[0] if known[0] is not None else known[1].T, order.reshape(-1))
        elif op == "Gemm" and given.get("alpha", 1.0) == given.get("beta", 1.0) == 1.0 and not given.get("transA"):
            multiply(layers, known[1] if given.get("transB") else known[1].T, order.reshape(-1))
            if len(known) > 2:
                layers[-1].bias = known[2].reshape(-1)
        elif op == "Add" and layers and not layers[-1].relu and not layers[-1].bias.any():
            layers[-1].bias = next(k for k in known if k is not None).reshape(-1)
        elif op == "Relu" and layers:
            layers[-1].relu = True
        else:
            raise ValueError(f"{path}: {op} is not read here")
    return layers


def dyadic(values):
    """Integers n and e with values = n / 2^e, exactly."""
    parts = [Fraction(float(v)) for v in np.asarray(values).reshape(-1)]
    e = max([p.denominator.bit_length() - 1 for p in parts], default=0)
    whole = np.array([p.numerator * ((1 << e) // p.denominator) for p in parts], dtype=object)
    return whole.reshape(np.shape(values)), e


def preactivations(layers, x):
    """Exact pre-activations of every layer at x, as fractions."""
    a, e = dyadic(x)
    found = []
    for layer in layers:
        (w, ew), (b, eb) = dyadic(layer.weight), dyadic(layer.bias)
        z, ez = w.dot(a), e + ew
        z, b, e = z * (1 << max(0, eb - ez)), b * (1 << max(0, ez - eb)), max(ez, eb)
        z = z + b
        found.append([Fraction(int(v), 1 << e) for v in z])
        a = np.array([max(v, 0) for v in z], dtype=object) if layer.relu else z
    return found


def relevance_is_zero(layers, z, target):
    """May z-plus relevance fail to reach the first layer at this input? Plain doubles; a guess for choosing inputs."""
    r = np.zeros(len(z[-1]))
    r[target] = float(z[-1][target])
    for k in range(len(layers) - 1, 0, -1):
        a = np.maximum(np.array([float(v) for v in z[k - 1]]), 0)
        numerators = np.maximum(layers[k].weight.astype(float), 0) * a
        d = numerators.sum(axis=1)
        shares = np.divide(r, d, out=np.zeros_like(r), where=d > 0)
        r = shares @ numerators
    return not (np.abs(r) > 0).any()
