#!/usr/bin/env python3
"""lrproof's fold of batch norms, with its proof and its check, beside Zennit's SequentialMergeBatchNorm on the same
networks in one run: processor seconds, largest resident memory, norms folded, and by how much Zennit's fold, which comes
without a proof, changes the network's outputs at one input.

    python3 bench/against_zennit_canonizers.py --lrproof PROGRAM --peer PYTHON [--networks FOLDER] [--only WORDS]
        [--out FILE.md]

--peer: a Python that imports torch, torchvision and zennit. FOLDER (default build/imagenet) is what
examples/train/export_torchvision.py --out build/imagenet writes. Programs run one at a time, one thread each; the peer's
time is of the fold alone, without imports and reading, ours of the whole command, file to answer. Zennit 0.5.1 leaves
the folded norm's epsilon in place, so that a factor 1 / sqrt(1 + epsilon) stays: the largest change of an output relative
to the largest output is measured as it is, and with the epsilon set to 0 besides. Where that is still large, norms were
folded into layers that do not feed them: it takes the order in which modules were registered for the data flow.
"""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# pylint: disable=wrong-import-position
from measured import run

NAMES = ("vgg16_bn", "resnet18", "resnet50", "densenet121", "mobilenet_v2", "efficientnet_b0")

# Runs in the peer's Python: folder and network's name; prints one line of JSON.
PEER = r"""
import json, resource, sys, time
import numpy as np, torch, torchvision
from zennit.canonizers import SequentialMergeBatchNorm
torch.set_num_threads(1)
folder, name = sys.argv[1:]
model = getattr(torchvision.models, name)(weights=None)
model.load_state_dict(torch.load(f"{folder}/{name}.pt"))
model.eval()
x = torch.from_numpy(np.load(f"{folder}/imagenet_inputs.npy"))[:1]
norms = [m for m in model.modules() if isinstance(m, torch.nn.BatchNorm2d)]
answer = {"norms": len(norms)}
with torch.no_grad():
    before = model(x)
    begin = time.process_time()
    try:
        merges = SequentialMergeBatchNorm().apply(model)
    except RuntimeError as error:
        print(json.dumps(answer | {"failed": str(error).splitlines()[0]}))
        raise SystemExit(0)
    answer["seconds"] = time.process_time() - begin
    answer["merged"] = len(merges)
    scale = float(before.abs().max())
    answer["as_is"] = float((model(x) - before).abs().max()) / scale
    for merge in merges:
        merge.batch_norm.eps = 0.0
    answer["without_epsilon"] = float((model(x) - before).abs().max()) / scale
answer["kilobytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps(answer))
"""


def ours(program, path):
    spent = run([program, "canonize", path, "--dry-run"])
    if spent.code != 0:
        raise SystemExit(f"{path}: exit {spent.code}: {spent.out[-400:]}")
    lines = spent.out.splitlines()
    proved = sum(line.startswith(("  proved  batchnorm", "  proved  concat-norm")) for line in lines)
    return spent, proved, sum("does not apply" in line for line in lines)


def measure(given, name):
    path = os.path.join(given.networks, name + ".onnx")
    spent, proved, left = ours(given.lrproof, path)
    peer = run([given.peer, "-c", PEER, given.networks, name])
    if peer.code != 0:
        raise SystemExit(f"{name}: the peer ends with {peer.code}: {peer.out[-400:]}")
    said = json.loads(peer.out.strip().splitlines()[-1])
    head = f"| {name} | {proved} of {proved + left} | {spent.seconds:.1f} | {spent.kilobytes / 1024:.0f} |"
    if "failed" in said:
        return f"{head} fails: {said['failed']} | | | | | |"
    return (f"{head} {said['merged']} of {said['norms']} | {said['seconds']:.2f} | {peer.seconds:.1f} "
            f"| {said['kilobytes'] / 1024:.0f} | {said['as_is']:.1e} | {said['without_epsilon']:.1e} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lrproof", required=True)
    parser.add_argument("--peer", required=True, help="a Python with torch, torchvision and zennit")
    parser.add_argument("--networks", default="build/imagenet")
    parser.add_argument("--only", nargs="*", default=NAMES)
    parser.add_argument("--out")
    given = parser.parse_args()
    lines = ["| network | lrproof folds | s | MiB | Zennit folds | fold, s | with reading, s | MiB | relative change "
             "| with epsilon 0 |", "|---|---|---|---|---|---|---|---|---|---|"]
    print("\n".join(lines), flush=True)
    for name in given.only:
        lines.append(measure(given, name))
        print(lines[-1], flush=True)
    if given.out:
        with open(given.out, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
