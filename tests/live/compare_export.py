"""Models that `lrproof canonize -o` wrote, as onnx.checker and onnxruntime read them: whole networks of tests/models and
examples, and one-operator models of every operator that lrproof reads. Compared is the function before and after, run by
onnxruntime: max |y - y'| / max |y'| at most 1e-5, for networks with folded norms too, whose weights are rounded once.

    python tests/live/compare_export.py LRPROOF [--networks-only] [--verbose]
"""
import argparse
import collections
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

import onnx_operators
from compare_onnxruntime import ROOT, SAMPLES, TOLERANCE, difference, session, theirs
from nets import Tally

FAILS = (RuntimeError, onnxruntime.capi.onnxruntime_pybind11_state.Fail,
         onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
         onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
         onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument)


def written(lrproof, model, folder):
    out = pathlib.Path(folder) / "written.onnx"
    out.unlink(missing_ok=True)
    done = subprocess.run([str(lrproof), "canonize", str(model), "-o", str(out)], capture_output=True, text=True,
                          timeout=900, check=False)
    if done.returncode != 0 or not out.exists():
        raise RuntimeError((done.stderr.strip() or f"exit {done.returncode}").splitlines()[0])
    return out


def ports(model):
    def shown(value):
        dims = [d.dim_param or d.dim_value or "?" for d in value.type.tensor_type.shape.dim]
        return value.name, dims
    stored = {tensor.name for tensor in model.graph.initializer}
    return [shown(v) for v in model.graph.input if v.name not in stored], [v.name for v in model.graph.output]


def apart(runner, lrproof, path, inputs, folder):
    out = written(lrproof, path, folder)
    onnx.checker.check_model(str(out))
    if ports(onnx.load(path)) != ports(onnx.load(out)):
        raise RuntimeError(f"other inputs or outputs: {ports(onnx.load(out))}")
    return difference(theirs(session(str(out)), inputs), theirs(runner, inputs))


def compare_networks(tally, lrproof, folder, draw):
    for path in sorted([*ROOT.glob("tests/models/*.onnx"), *ROOT.glob("examples/**/*.onnx")]):
        stored = onnx.load(path)
        initialisers = {tensor.name for tensor in stored.graph.initializer}
        entry = [value for value in stored.graph.input if value.name not in initialisers][0]
        shape = [d.dim_value if d.dim_value > 0 else 1 for d in entry.type.tensor_type.shape.dim]
        inputs = draw.normal(size=(SAMPLES, *shape)).astype(np.float32)
        name = f"export {path.relative_to(ROOT)}"
        try:
            tally.check(name, apart(session(str(path)), lrproof, path, inputs, folder), TOLERANCE)
        except (*FAILS, onnx.checker.ValidationError) as reason:
            tally.fail(name, str(reason).splitlines()[0])


def compare_operators(tally, lrproof, folder, draw, seed, verbose):
    worst, count, failures = collections.defaultdict(float), collections.Counter(), []
    file = pathlib.Path(folder) / "one.onnx"
    for title, model, shape in onnx_operators.cases(seed):
        op = title.split()[2]
        inputs = draw.normal(size=(SAMPLES, *shape)).astype(np.float32)
        try:
            runner = session(model.SerializeToString())
            theirs(runner, inputs)
        except Exception:  # whatever onnxruntime says of a model, it is no answer
            continue
        onnx.save(model, file)
        try:
            far = apart(runner, lrproof, file, inputs, folder)
        except (*FAILS, onnx.checker.ValidationError) as reason:
            failures.append((title, str(reason).splitlines()[0][:200]))
            continue
        count[op] += 1
        worst[op] = max(worst[op], far)
        if verbose or not far <= TOLERANCE:
            print("    ", title, f"{far:.2e}")
    for op in sorted(count):
        tally.check(f"export operator {op}: {count[op]} models", worst[op], TOLERANCE)
    for title, reason in failures:
        tally.fail(f"export {title}", reason)


def run(tally, lrproof, operators=True, seed=1, verbose=False):
    if not lrproof:
        tally.skip("export", "no lrproof given")
        return
    draw = np.random.default_rng(seed)
    lrproof = pathlib.Path(lrproof).resolve()
    with tempfile.TemporaryDirectory() as folder:
        compare_networks(tally, lrproof, folder, draw)
        if operators:
            compare_operators(tally, lrproof, folder, draw, seed, verbose)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lrproof", type=pathlib.Path)
    parser.add_argument("--networks-only", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    tally = Tally()
    run(tally, arguments.lrproof, not arguments.networks_only, verbose=arguments.verbose)
    return tally.close()


if __name__ == "__main__":
    sys.exit(main())
