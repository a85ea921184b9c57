#!/usr/bin/env python3
"""How claims over boxes grow: audits the network of examples/dtd_study over boxes of growing radius, and dense networks
of growing width over one box. Prints tables, and writes a plot with --svg FILE. Python's standard library only.

    python3 bench/scope_growth.py --lrproof build/cli/lrproof [--svg docs/scope_growth.svg]
"""
import argparse
import json
import math
import os
import random
import resource
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
from onnx_bytes import dense, model, node, tensor  # pylint: disable=wrong-import-position

RADII = ("0.001", "0.003", "0.01", "0.03", "0.1", "0.2")
WIDTHS = (4, 8, 16, 32)
CHECKS = {"dtd-w2": "root.inside", "lrp-0": "gxi.reduces"}


def write_npy(path, row):
    """One sample of float32."""
    header = repr({"descr": "<f4", "fortran_order": False, "shape": (1, len(row))})
    header += " " * (63 - (10 + len(header)) % 64) + "\n"
    with open(path, "wb") as out:
        out.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        out.write(struct.pack(f"<{len(row)}f", *row))


def write_network(path, width, inputs=4):
    """inputs - width - width - 2, with the weights of a fixed seed."""
    rng = random.Random(width)
    sizes, nodes, tensors, tip = (inputs, width, width, 2), [], [], "x"
    for k, (low, high) in enumerate(zip(sizes, sizes[1:])):
        last = k == len(sizes) - 2
        tensors.append(tensor(f"w{k}", (low, high), [rng.gauss(0, math.sqrt(2 / low)) for _ in range(low * high)]))
        tensors.append(tensor(f"b{k}", (high,), [rng.gauss(0, 0.1) for _ in range(high)]))
        nodes.append(dense(tip, "y" if last else f"z{k}", f"fc{k}", f"w{k}", f"b{k}"))
        if not last:
            nodes.append(node("Relu", [f"z{k}"], [f"a{k}"], f"relu{k}"))
            tip = f"a{k}"
    with open(path, "wb") as out:
        out.write(model(nodes, tensors, inputs=(("x", (1, inputs)),), outputs=(("y", (1, 2)),)))


def spent():
    """Processor seconds of the programs run so far: less noisy than the clock where the machine is shared."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def audit(program, network, inputs, limit, rules, radius, folder):
    """Processor seconds, share of decided places, linear programs, and whether a box had more regions than the budget."""
    report = os.path.join(folder, "report.json")
    begin = spent()
    subprocess.run([program, "audit", network, "--inputs", inputs, "--limit", str(limit), "--rules", rules, "--check",
                    CHECKS[rules], "--scope", "box", "--radius", radius, "--jobs", "1", "--allow-unknown", "--quiet",
                    "--report", report], check=True)
    seconds = spent() - begin
    with open(report, encoding="utf-8") as file:
        found = [f for f in json.load(file)["findings"] if f["place"]["kind"] in (None, "hinge")]
    found = [f for f in found if f["check"] == CHECKS[rules]]
    places = sum(f["numbers"]["counts"]["places"] for f in found)
    open_ones = sum(f["numbers"]["counts"]["unknown"] for f in found)
    programs = sum(f["numbers"]["bounds"].get("linear_programs", 0) for f in found)
    budget = any("regions" in reason for f in found for reason in f["reasons"])
    return {"seconds": seconds, "decided": 1 - open_ones / places if places else 0.0, "programs": int(programs),
            "budget": budget}


def table(title, head, rows):
    print(f"\n{title}\n\n| {head} | rule set | seconds | times the first | linear programs | decided |")
    print("|---|---|---|---|---|---|")
    first = {}
    for at, rules, row in rows:
        first.setdefault(rules, row["seconds"])
        share = f"{100 * row['decided']:.0f}%" + (" (more regions than the budget)" if row["budget"] else "")
        print(f"| {at} | {rules} | {row['seconds']:.2f} | {row['seconds'] / first[rules]:.1f} | {row['programs']} | "
              f"{share} |", flush=True)


def plot(path, panels):
    """Seconds over radius and width, both axes logarithmic."""
    out = ['<svg xmlns="http://www.w3.org/2000/svg" width="720" height="300" font-family="sans-serif" font-size="12">',
           '<rect width="720" height="300" fill="white"/>']
    colour = {"dtd-w2": "#b04020", "lrp-0": "#2060a0"}
    for k, (title, rows) in enumerate(panels):
        left, top, wide, high = 60 + 360 * k, 40, 270, 200
        xs, ys = [float(r[0]) for r in rows], [r[2]["seconds"] for r in rows]
        low, tall = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

        def place(x, y, left=left, low=low, tall=tall, xs=xs, top=top, wide=wide, high=high):
            across = math.log(x / min(xs)) / math.log(max(xs) / min(xs))
            return left + wide * across, top + high * (1 - (math.log10(y) - low) / max(1, tall - low))
        out.append(f'<text x="{left}" y="22">{title}</text>')
        out.append(f'<path d="M{left} {top}V{top + high}H{left + wide}" fill="none" stroke="black"/>')
        for power in range(low, tall + 1):
            y = place(xs[0], 10.0 ** power)[1]
            out.append(f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{10.0 ** power:g} s</text>')
        for x in sorted(set(xs)):
            out.append(f'<text x="{place(x, 1)[0]:.0f}" y="{top + high + 18}" text-anchor="middle">{x:g}</text>')
        for n, rules in enumerate(CHECKS):
            points = [place(float(at), row["seconds"]) for at, name, row in rows if name == rules]
            line = " ".join(f"{x:.0f},{y:.0f}" for x, y in points)
            out.append(f'<polyline points="{line}" fill="none" stroke="{colour[rules]}" stroke-width="2"/>')
            out.append(f'<text x="{left + 12}" y="{top + 14 + 16 * n}" fill="{colour[rules]}">'
                       f'{CHECKS[rules]}, {rules}</text>')
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n</svg>\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lrproof", required=True)
    parser.add_argument("--inputs", type=int, default=2)
    parser.add_argument("--svg")
    asked = parser.parse_args()
    study = os.path.join(ROOT, "examples", "dtd_study", "dtd_study")
    radii, widths = [], []
    with tempfile.TemporaryDirectory() as folder:
        for rules in CHECKS:
            for radius in RADII:
                radii.append((radius, rules, audit(asked.lrproof, study + ".onnx", study + "_inputs.npy", asked.inputs,
                                                   rules, radius, folder)))
        table(f"The study's network, {asked.inputs} inputs", "radius", radii)
        network, x = os.path.join(folder, "n.onnx"), os.path.join(folder, "x.npy")
        write_npy(x, (0.5, -0.25, 0.75, 0.125))
        for rules in CHECKS:
            for width in WIDTHS:
                write_network(network, width)
                widths.append((width, rules, audit(asked.lrproof, network, x, 1, rules, "0.1", folder)))
        table("Random networks 4 - width - width - 2, radius 0.1, one input", "width", widths)
    if asked.svg:
        plot(asked.svg, [("seconds over the radius of the box", radii), ("seconds over the width", widths)])


if __name__ == "__main__":
    main()
