"""lrproof's exact table of the Deep Taylor study's network against the float counts of examples/dtd_study.

No other library is needed. The replica's decisions are far from every tolerance, so the counts must be equal.
"""
import json
import pathlib
import subprocess
import tempfile

STUDY = pathlib.Path(__file__).resolve().parent.parent.parent / "examples" / "dtd_study"
RULE_SETS = {"dtd-zero": "zero, reference", "dtd-x": "x", "dtd-z-plus": "z+", "dtd-gamma": "gamma=1", "dtd-w2": "w2",
             "dtd-zb": "zB then z+"}
COLUMNS = ["roots", "no_root", "zero_relevance", "cell", "cell_f0", "linear", "domain", "inputs", "bad_cell", "bad_f0",
           "bad_linear"]
DOMAIN = "0,5"


def replica_rows():
    """(rule, layer, kind) -> counts, from the second part of replica_output.txt; layers count from 1."""
    rows = {}
    table = (STUDY / "replica_output.txt").read_text().split("rule             layer", 1)[1]
    for line in table.splitlines()[1:]:
        if line.strip():
            rule, (layer, kind, *counts) = line[:16].strip(), line[16:].split()
            rows[rule, int(layer), kind] = dict(zip(COLUMNS, map(int, counts)))
    return rows


def audit(binary, folder):
    report = pathlib.Path(folder) / "study.json"
    command = [str(pathlib.Path(binary).resolve()), "audit", str(STUDY / "dtd_study.onnx"),
               "--inputs", str(STUDY / "dtd_study_inputs.npy"), "--target", "0", "--domain", DOMAIN,
               "--report", str(report)]
    for name in RULE_SETS:
        command += ["--rules", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    if not report.exists():
        said = (done.stderr.strip() or "nothing").splitlines()
        return None, f"exit {done.returncode}: {said[0]}"
    return json.loads(report.read_text())["tables"]["roots"], None


def differences(row, expected):
    """Names of the counts that differ. Closed cells are of all units; linear regions are those of output 0."""
    notion = row["notion"]
    wanted = {"roots": expected["roots"], "no_root": expected["no_root"], "inside": expected[notion],
              "inputs_with_outside": expected[f"bad_{notion}"], "unknown": 0}
    return [f"{key} {row[key]}, float {value}" for key, value in wanted.items() if row[key] != value]


def run(tally, binary):
    print("The Deep Taylor study's network: exact counts against the float replica's")
    if binary is None:
        tally.skip("study", "no lrproof given")
        return
    with tempfile.TemporaryDirectory() as folder:
        rows, refusal = audit(binary, folder)
    if rows is None:
        tally.fail("study", refusal)
        return
    replica, met = replica_rows(), set()
    for name, rule in RULE_SETS.items():
        mine = [row for row in rows if row["rule_set"] == name]
        layers = sorted({row["layer"] for row in mine})
        for row in mine:
            label = f"{name}, layer {layers.index(row['layer']) + 1}, {row['kind']}, {row['notion']}"
            key = rule, layers.index(row["layer"]) + 1, row["kind"]
            if key not in replica:
                tally.fail(label, "the replica has no such row")
                continue
            met.add((*key, row["notion"]))
            wrong = differences(row, replica[key])
            tally.fail(label, "; ".join(wrong)) if wrong else tally.check(label, 0, 0, f" {row['inside']} inside")
    for key in replica:
        for notion in ("cell", "linear"):
            if key[0] in RULE_SETS.values() and (*key, notion) not in met:
                tally.fail(f"{key[0]}, layer {key[1]}, {key[2]}, {notion}", "missing in lrproof's table")
