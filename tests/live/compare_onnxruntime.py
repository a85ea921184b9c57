"""Our float values against onnxruntime's: whole networks of tests/models and examples, and one-operator models of every
operator that lrproof reads.

    python tests/live/compare_onnxruntime.py EVALUATE [--operators-only | --networks-only] [--seed N] [--verbose]

EVALUATE is the program lrproof-evaluate that the tests build. Compared is max |y - y'| / max |y'| over an output, at
most 1e-5: both sides compute in float32 and round in their own order. A model that onnxruntime refuses says nothing and
is counted apart; one that only we refuse is a failure.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

import onnx_operators
from nets import Tally

TOLERANCE = 1e-5
SAMPLES = 3
# 53 convolutions with constant-filled weights: every sum rounds the same way at each of its thousands of terms, and our
# single-precision sums are taken in order. In double the network is held to TOLERANCE like any other.
IN_FLOAT = {"onnx_light_resnet50.onnx": 1e-4}
ROOT = pathlib.Path(__file__).resolve().parents[2]


def session(model):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def logits(stored):
    """The network up to the operand of a final Softmax, and that operand's node: a softmax of large logits turns rounding
    into anything."""
    makers = {name: node for node in stored.graph.node for name in node.output}
    last = makers[stored.graph.output[0].name]
    if last.op_type != "Softmax":
        return stored, None
    cut = onnx.ModelProto()
    cut.CopyFrom(stored)
    del cut.graph.output[:]
    cut.graph.output.append(onnx.helper.make_tensor_value_info(last.input[0], onnx.TensorProto.FLOAT, None))
    maker = makers[last.input[0]]
    return cut, maker.name or maker.output[0]


def theirs(runner, inputs):
    name = runner.get_inputs()[0].name
    first = runner.get_outputs()[0].name
    return np.stack([runner.run([first], {name: sample})[0] for sample in inputs])


def ours(evaluate, model, inputs, folder, node=None, wide=False):
    given, written = pathlib.Path(folder) / "x.npy", pathlib.Path(folder) / "y.npy"
    np.save(given, inputs)
    written.unlink(missing_ok=True)
    command = [str(evaluate), str(model), str(given), str(written), *(["--node", node] if node else []), *(["--double"] if wide else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        raise RuntimeError((done.stderr.strip() or f"exit {done.returncode}").splitlines()[0])
    return np.load(written)


def difference(mine, peer):
    """Relative to the largest value; infinite where shapes differ or only one side has a number."""
    if mine.shape != peer.shape or not np.array_equal(np.isfinite(mine), np.isfinite(peer)):
        return np.inf
    known = np.isfinite(peer)
    if not known.any():
        return np.inf
    scale = max(float(np.abs(peer[known]).max()), np.finfo(np.float32).tiny)
    return float(np.abs(mine[known] - peer[known]).max()) / scale


def compare_networks(tally, evaluate, folder, draw):
    for path in sorted([*ROOT.glob("tests/models/*.onnx"), *ROOT.glob("examples/**/*.onnx")]):
        stored = onnx.load(path)
        initialisers = {tensor.name for tensor in stored.graph.initializer}
        entry = [value for value in stored.graph.input if value.name not in initialisers][0]
        shape = [d.dim_value if d.dim_value > 0 else 1 for d in entry.type.tensor_type.shape.dim]
        inputs = draw.normal(size=(SAMPLES, *shape)).astype(np.float32)
        name = f"onnxruntime {path.relative_to(ROOT)}"
        cut, node = logits(stored)
        try:
            peer = theirs(session(cut.SerializeToString()), inputs)
            for wide, tolerance in ((False, IN_FLOAT.get(path.name, TOLERANCE)), (True, TOLERANCE)):
                mine = ours(evaluate, path, inputs, folder, node, wide)
                tally.check(name + (", double" if wide else ""), difference(mine, peer), tolerance,
                            f", at {node}" if node else "")
        except (RuntimeError, onnxruntime.capi.onnxruntime_pybind11_state.Fail) as reason:
            tally.fail(name, str(reason))


def compare_operators(tally, evaluate, folder, draw, seed, verbose):
    worst, count, refused, failures = collections.defaultdict(float), collections.Counter(), collections.Counter(), []
    file = pathlib.Path(folder) / "one.onnx"
    for title, model, shape in onnx_operators.cases(seed):
        op = title.split()[2]
        inputs = draw.normal(size=(SAMPLES, *shape)).astype(np.float32)
        try:
            peer = theirs(session(model.SerializeToString()), inputs)
        except Exception as reason:  # whatever onnxruntime says of a model, it is no answer
            refused[op] += 1
            if verbose:
                print("     refused by onnxruntime:", title, str(reason).splitlines()[0][:160])
            continue
        onnx.save(model, file)
        try:
            apart = difference(ours(evaluate, file, inputs, folder), peer)
        except RuntimeError as reason:
            failures.append((title, str(reason)))
            continue
        count[op] += 1
        worst[op] = max(worst[op], apart)
        if not apart <= TOLERANCE:
            failures.append((title, f"difference {apart:.2e}"))
    for op in sorted(set(count) | set(refused)):
        note = f", {refused[op]} refused by onnxruntime" if refused[op] else ""
        if count[op]:
            tally.check(f"onnxruntime operator {op}: {count[op]} models{note}", worst[op], TOLERANCE)
        else:
            tally.skip(f"onnxruntime operator {op}", f"skipped: onnxruntime runs none of {refused[op]} models")
    for title, reason in failures:
        tally.fail(f"onnxruntime {title}", reason)


def program_beside(lrproof):
    """lrproof-evaluate of the build that made lrproof, or of any build."""
    folders = [*pathlib.Path(lrproof).resolve().parents][:4] if lrproof else []
    for folder in [*folders, ROOT / "build"]:
        if folder in ROOT.parents or folder == ROOT:
            break
        found = sorted(path for path in folder.rglob("lrproof-evaluate") if path.is_file())
        if found:
            return found[0]
    return None


def run(tally, lrproof, evaluate=None, networks=True, operators=True, seed=1, verbose=False):
    evaluate = evaluate or program_beside(lrproof)
    if evaluate is None:
        (tally.fail if os.environ.get("CI") == "true" else tally.skip)("onnxruntime", "lrproof-evaluate is not built")
        return
    draw = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        if networks:
            compare_networks(tally, evaluate, folder, draw)
        if operators:
            compare_operators(tally, evaluate, folder, draw, seed, verbose)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("evaluate", type=pathlib.Path)
    parser.add_argument("--operators-only", action="store_true")
    parser.add_argument("--networks-only", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    tally = Tally()
    run(tally, None, arguments.evaluate, not arguments.operators_only, not arguments.networks_only, arguments.seed,
        arguments.verbose)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
