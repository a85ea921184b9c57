"""Inputs and targets that are no arrays, or not the right ones."""
import io
import os
import zipfile

import numpy as np

from case import Case


def saved(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def zipped(**arrays):
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


def archive(name, data, lie=None):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(name, data)
    data = bytearray(out.getvalue())
    if lie:  # the stated size of the member, in the central directory
        at = data.index(b"PK\x01\x02") + 24
        data[at:at + 4] = lie.to_bytes(4, "little")
    return bytes(data)


def header(text):
    body = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body


def with_value(value, at):
    array = np.ones((4, 2), dtype=np.float32)
    array[at] = value
    return array


def broken_files():
    """(file name, bytes, words of the error)."""
    good = saved(np.ones((4, 2), dtype=np.float32))
    yield "empty.npy", b"", ["empty"]
    yield "text.npy", b"1.0, 2.0\n3.0, 4.0\n", ["no .npy"]
    yield "png.npy", b"\x89PNG\r\n\x1a\n" + bytes(64), ["no .npy"]
    yield "magic.npy", b"\x93NUM", ["byte"]
    yield "cut_header.npy", good[:40], ["byte"]
    yield "cut.npy", good[:-5], ["byte", "(4, 2)"]
    yield "extra.npy", good + b"\0\0", ["byte"]
    yield "version.npy", b"\x93NUMPY\x09\x00" + good[8:], ["version 9"]
    yield "huge_header.npy", b"\x93NUMPY\x02\x00" + b"\xff" * 4, ["header"]
    yield "no_braces.npy", header("shape = (1, 2)"), ["header"]
    yield "code.npy", header("{'descr': __import__('os').system('id'), 'fortran_order': False, 'shape': (1, 2)}"), \
        ["header"]
    yield "huge_shape.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 2)}"), ["shape"]
    yield "overflow.npy", header("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2)}"), \
        ["shape"]
    yield "negative.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}"), ["header"]
    yield "ints.npy", saved(np.ones((4, 2), dtype=np.int64)), ["<i8", "float32"]
    yield "half.npy", saved(np.ones((4, 2), dtype=np.float16)), ["<f2"]
    yield "complex.npy", saved(np.ones((4, 2), dtype=np.complex64)), ["<c8"]
    yield "bools.npy", saved(np.ones((4, 2), dtype=bool)), ["|b1"]
    yield "strings.npy", saved(np.array([["a", "b"]])), ["<U1"]
    yield "pickle.npy", header("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}") + b"cos\nsystem\n", ["|O"]
    yield "records.npy", saved(np.zeros(3, dtype=[("a", "<f4"), ("b", "<f4")])), ["records"]
    yield "nan.npy", saved(with_value(np.nan, (2, 1))), ["NaN", "(2, 1)"]
    yield "inf.npy", saved(with_value(-np.inf, (3, 0))), ["-infinity", "(3, 0)"]
    yield "wide.npy", saved(np.ones((4, 3), dtype=np.float32)), ["3", "2"]
    yield "flat.npy", saved(np.ones(4, dtype=np.float32)), []
    yield "scalar.npy", saved(np.float32(1)), ["batch"]
    yield "none.npy", saved(np.ones((0, 2), dtype=np.float32)), ["no inputs"]
    yield "hollow.npy", saved(np.ones((4, 0), dtype=np.float32)), []
    yield "hollow_huge.npy", header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 0)}"), []
    yield "empty.npz", b"PK\x05\x06" + bytes(18), ["npz"]
    yield "cut.npz", zipped(x=np.ones((4, 2)))[:100], ["npz"]
    yield "text_member.npz", archive("notes.txt", "hello"), ["npz"]
    yield "bad_member.npz", archive("inputs.npy", b"hello"), ["npz"]
    yield "bomb.npz", archive("inputs.npy", bytes(1 << 24)), ["npz"]


def cases(folder, source):
    del source
    argv = ["audit", "good.onnx", "--rules", "lrp-0"]
    for name, data, words in broken_files():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(data)
        yield Case(f"inputs: {name}", [*argv, "--inputs", name], 2, [name, *words])
    for name in ("missing.npy", "."):
        yield Case(f"inputs: {name}", [*argv, "--inputs", name], 2, [name])
    if os.geteuid():  # root may read everything
        secret = os.path.join(folder, "secret.npy")
        np.save(secret, np.ones((1, 2)))
        os.chmod(secret, 0)
        yield Case("inputs: not permitted", [*argv, "--inputs", "secret.npy"], 2, ["secret.npy"])
    yield from good_files(folder, argv)
    yield from targets(folder, argv)


def good_files(folder, argv):
    with open(os.path.join(folder, "lying.npz"), "wb") as out:
        out.write(archive("inputs.npy", saved(np.ones((4, 2), dtype=np.float32)), lie=0xFFFFFF00))
    yield Case("inputs: an archive that lies of a size", [*argv, "--inputs", "lying.npz"], (0, 2))
    rows = np.array([[1, -2], [0.5, 3]], dtype=np.float32)
    np.save(os.path.join(folder, "columns.npy"), np.asfortranarray(rows))
    np.save(os.path.join(folder, "doubles.npy"), rows.astype(np.float64))
    np.save(os.path.join(folder, "swapped.npy"), rows.astype(">f4"))
    np.savez(os.path.join(folder, "some.npz"), labels=np.zeros(2, np.int64), inputs=rows)
    np.savez_compressed(os.path.join(folder, "packed.npz"), x=rows)
    for name in ("columns.npy", "doubles.npy", "swapped.npy", "some.npz", "packed.npz"):
        yield Case(f"inputs: {name}", [*argv, "--inputs", name], 0)


def targets(folder, argv):
    argv = [*argv, "--inputs", "x.npy"]
    for name, values in {"t_whole.npy": np.array([0, 1, 1, 0]), "t_bytes.npy": np.array([1, 1, 0, 0], np.uint8),
                         "t_floats.npy": np.array([0, 1, 1, 0], np.float32)}.items():
        np.save(os.path.join(folder, name), values)
        yield Case(f"targets: {name}", [*argv, "--target", name], 0)
    for name, values, words in (("t_few.npy", np.array([0, 1], np.float32), ["2 targets", "4 inputs"]),
                                ("t_high.npy", np.array([0, 1, 2, 0], np.float32), ["element 2", "0 to 1"]),
                                ("t_high_whole.npy", np.array([0, 1, 1 << 62, 0]), ["element 2", "0 to 1"]),
                                ("t_low.npy", np.array([0, -1, 0, 0]), ["element 1"]),
                                ("t_part.npy", np.array([0, 0.5, 0, 0], np.float32), ["element 1"]),
                                ("t_nan.npy", np.array([0, np.nan, 0, 0], np.float32), ["NaN"])):
        np.save(os.path.join(folder, name), values)
        yield Case(f"targets: {name}", [*argv, "--target", name], 2, [name, *words])
    yield Case("targets: missing", [*argv, "--target", "t_missing.npy"], 2, ["t_missing.npy"])
