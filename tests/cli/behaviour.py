"""What a whole run leaves: reports that validate, equal themselves when made again, and stand up to the second program."""
import json
import os
import shutil

import jsonschema
import numpy as np

from case import Case, faults, run, tree

BASE = ["audit", "good.onnx", "--rules", "lrp-0", "--rules", "lrp-epsilon", "--rules", "dtd-z-plus", "--inputs", "x.npy"]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def without_time(report):
    report = json.loads(json.dumps(report))
    report.pop("cost", None)
    report["settings"].pop("jobs", None)
    for finding in report["findings"]:
        finding.get("cost", {}).pop("seconds", None)
    return report


class Behaviour:
    def __init__(self, programs, folder, source):
        self.programs, self.folder, self.source = programs, folder, source
        self.schema = load(os.path.join(source, "docs", "lrproof-report-1.schema.json"))

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def run(self, argv, program="lrproof"):
        return run(self.programs, argv, self.folder, program)

    def report(self, *extra, to="r.json", base=None):
        done = self.run([*(base or BASE), *extra, "--allow-unknown", "--report", to])
        assert done.returncode == 0, (done.returncode, done.stderr)
        return load(self.path(to))

    def recheck(self, code, report, *more, says=()):
        case = Case("", [report, *more], code, list(says), program="recheck")
        assert not (wrong := faults(case, self.programs, self.folder)), wrong

    def damaged(self, name, change):
        report = load(self.path("r.json"))
        change(report)
        with open(self.path(name), "w", encoding="utf-8") as out:
            json.dump(report, out)
        return name

    def validates(self, report):
        jsonschema.Draft202012Validator(self.schema).validate(report)

    def test_every_format_is_written_and_whole(self):
        names = ["r.json", "r.md", "r.html", "r.txt"]
        done = self.run([*BASE, "-q", *(w for n in names for w in ("--report", n))])
        assert done.returncode == 0 and not done.stdout and not done.stderr, done
        assert all(os.path.getsize(self.path(n)) > 500 for n in names)
        assert not [n for n in tree(self.folder) if ".tmp" in n]
        self.validates(load(self.path("r.json")))

    def test_json_on_stdout_is_the_report(self):
        done = self.run([*BASE, "--format", "json"])
        report = json.loads(done.stdout)
        self.validates(report)
        assert not done.stderr
        assert [f["id"] for f in report["findings"]] == [f["id"] for f in self.report()["findings"]]
        quiet = self.run([*BASE, "--format", "json", "--quiet"])
        assert json.loads(quiet.stdout)["schema"] == "lrproof-report/1"

    def test_pipe_gets_plain_text_and_no_progress(self):
        done = self.run(BASE)
        assert done.returncode == 0 and not done.stderr
        assert b"\x1b" not in done.stdout and b"\r" not in done.stdout and len(done.stdout) > 500
        coloured = self.run([*BASE, "--color=always"])
        assert b"\x1b[" in coloured.stdout

    def test_runs_equal_each_other(self):
        first = without_time(self.report("--jobs", "1"))
        for jobs in ("1", "2", "5"):
            assert without_time(self.report("--jobs", jobs)) == first, jobs
        order = [(f["id"], f["verdict"]) for f in first["findings"]]
        assert len({i for i, _ in order}) == len(order)
        fewer = self.report("--witnesses", "1")
        assert [(f["id"], f["verdict"]) for f in fewer["findings"]] == order
        assert all(len(f["exemplars"]) <= 1 for f in fewer["findings"])

    def test_thousand_inputs_stay_below_five_megabytes(self):
        low, high = np.array([-0.3, -0.5, -0.5, -0.5, -0.5]), np.array([0.68, 0.5, 0.5, 0.5, 0.5])
        draws = np.random.default_rng(3).uniform(low, high, size=(1000, 5)).astype(np.float32)
        np.save(self.path("thousand.npy"), draws)
        model = os.path.join(self.source, "tests", "models", "acasxu_1_1.onnx")
        base = ["audit", model, "--rules", "dtd-z-plus", "--rules", "lrp-0", "--inputs", "thousand.npy", "--target",
                "argmin"]
        report = self.report("-q", to="big.json", base=base)
        self.validates(report)
        assert len(report["inputs"]["indices"]) == 1000
        assert os.path.getsize(self.path("big.json")) < 5_000_000

    def test_norms_of_published_networks_are_folded_and_checked(self):
        for name, folded, left in (("dnnv_dronet", 3, 3), ("onnx_light_resnet50", 53, 0)):
            model = os.path.join(self.source, "tests", "models", name + ".onnx")
            done = self.run(["canonize", model, "--dry-run", "--pass", "batchnorm-into-affine"])
            assert done.returncode == 0, done.stderr
            lines = done.stdout.decode().splitlines()
            proved = [line for line in lines if line.startswith("  proved  batchnorm-into-affine  ")]
            assert len(proved) == folded and all(line.endswith(", checked)") for line in proved), done.stdout
            missed = [line for line in lines if "does not apply at" in line]
            assert len(missed) == left, done.stdout
            assert all("only dense and convolution nodes absorb a norm" in line for line in missed), done.stdout

    def test_paths_are_relative_to_the_report(self):
        os.makedirs(self.path("deep", "er"))
        report = self.report(to="deep/er/r.json")
        assert report["model"]["path"] == "../../good.onnx" and report["inputs"]["path"] == "../../x.npy"
        self.recheck((0, 3), "deep/er/r.json")
        shutil.copytree(self.folder, self.path("..", "moved"))
        try:
            self.recheck((0, 3), self.path("..", "moved", "deep", "er", "r.json"))
        finally:
            shutil.rmtree(self.path("..", "moved"))

    def test_old_report_survives_a_failing_run(self):
        self.report()
        before = open(self.path("r.json"), "rb").read()
        for argv in (["--target", "9"], ["--inputs", "nan.npy"], ["--report", "nowhere/x.md"]):
            done = self.run([*BASE[:-2], *(argv if argv[0] == "--inputs" else ["--inputs", "x.npy", *argv]),
                             "--report", "r.json"])
            assert done.returncode == 2, argv
            assert open(self.path("r.json"), "rb").read() == before, argv

    def test_second_program_reads_only_sound_reports(self):
        self.report()
        self.recheck((0, 3), "r.json")
        self.recheck((0, 3), "r.json", "--model", "good.onnx", "--inputs", "x.npy")
        for name, data in (("e.json", b""), ("b.json", b"\xff\x00{"), ("l.json", b"[1]"), ("n.json", b"null"),
                           ("o.json", b"{}"), ("t.json", open(self.path("r.json"), "rb").read()[:-9]),
                           ("d.json", b"[" * 200000), ("s.json", b'{"schema": "lrproof-report/2"}')):
            with open(self.path(name), "wb") as out:
                out.write(data)
            self.recheck(2, name, says=[name])
        for argv in (["missing.json"], ["."], ["r.json", "--models", "good.onnx"], ["r.json", "r.json"], []):
            self.recheck(2, *argv) if argv else self.recheck_usage()
        self.recheck(2, "r.json", "--model", "other.onnx", says=["sha256"])
        self.recheck(2, "r.json", "--inputs", "zero.npy", says=["sha256"])
        self.recheck(2, "r.json", "--model", "missing.onnx", says=["missing.onnx"])

    def recheck_usage(self):
        done = self.run([], "recheck")
        assert done.returncode == 2 and b"usage" in done.stderr

    def test_what_is_asked_at_one_node_only(self):
        args = ["audit", "good.onnx", "--rules", "lrp-0", "--inputs", "x.npy", "--format", "json"]
        whole = json.loads(self.run([*args]).stdout)
        node = next(f["place"]["node"] for f in whole["findings"] if f["check"] == "con.layer")
        some = json.loads(self.run([*args, "--node", node]).stdout)
        assert {f["place"]["node"] for f in some["findings"]} == {node}
        kept = [f["id"] for f in whole["findings"] if f["place"]["node"] == node]
        assert [f["id"] for f in some["findings"]] == kept and len(kept) < len(whole["findings"])

    def test_second_program_refuses_damaged_parts(self):
        self.report()
        for name, change in {
                "m1.json": lambda r: r["model"].update(sha256="0" * 64), "m2.json": lambda r: r["model"].update(path=7),
                "m3.json": lambda r: r.update(model=[]), "i1.json": lambda r: r["inputs"].update(sha256=""),
                "u1.json": lambda r: r["rule_sets"][0].update(text="x"), "f1.json": lambda r: r.update(findings=7),
                "f2.json": lambda r: r.update(findings=[7]), "f3.json": lambda r: r.pop("findings")}.items():
            self.recheck(2, self.damaged(name, change))
        for name, change in {
                "p1.json": lambda r: [f.update(place=3) for f in r["findings"]],
                "p2.json": lambda r: [f.update(exemplars="x") for f in r["findings"]],
                "p3.json": lambda r: [f.update(exemplars=[None, 1, {}]) for f in r["findings"]],
                "p4.json": lambda r: [e.update(witness={"x": {"y": []}}) for f in r["findings"] for e in f["exemplars"]],
                "p5.json": lambda r: [e["place"].update(input=10 ** 17) for f in r["findings"] for e in f["exemplars"]],
                "p6.json": lambda r: [e["place"].update(neuron=-5) for f in r["findings"] for e in f["exemplars"]],
                "p7.json": lambda r: [f["place"].update(node="nowhere") for f in r["findings"]]}.items():
            self.recheck((2, 3, 70), self.damaged(name, change))

    def test_second_program_catches_a_tampered_witness(self):
        report = self.report()
        refuted = [k for k, f in enumerate(report["findings"]) if f["verdict"] == "refuted" and f["exemplars"]]
        assert len(refuted) > 5
        caught = 0
        for k in refuted:
            witness = report["findings"][k]["exemplars"][0].get("witness") or {}
            if not any(isinstance(v, (str, list)) for v in witness.values()):
                continue
            self.recheck(70, self.damaged("w.json", lambda r, k=k: tamper(r["findings"][k]["exemplars"][0]["witness"])))
            caught += 1
        assert caught > 5, caught

    def test_exact_maps(self):
        ask = ["attribute", "good.onnx", "--rules", "lrp-0", "--inputs", "x.npy"]
        for extra, to in ((["--exact"], "m.json"), (["--exact"], "exact.npy"), (["--precision", "double"], "double.npy"),
                          ([], "single.npy")):
            done = self.run([*ask, *extra, "-o", to])
            assert done.returncode == 0 and not done.stderr, done
        exact = load(self.path("m.json"))
        from fractions import Fraction
        rows = [[Fraction(v) for v in row] for row in exact["relevance"]]
        assert len(rows) == 4 and all(len(row) == 2 for row in rows) and len(exact["targets"]) == 4
        floats = np.array([[float(v) for v in row] for row in rows])
        assert np.array_equal(np.load(self.path("exact.npy")), floats)
        for name, near in (("double.npy", 1e-12), ("single.npy", 1e-5)):
            stored = np.load(self.path(name))
            assert stored.shape == (4, 2) and np.allclose(stored, floats, rtol=near, atol=near), name
        # LRP-0 of a ReLU network is gradient x input; both layers are written out here.
        x = np.load(self.path("x.npy")).astype(float)
        hidden = x @ np.array([[1, -2, 0.5], [3, 1.5, -1]]) + [0.25, -0.5, 0.125]
        last = np.array([[1, 2], [-1, 0.5], [0.75, -0.25]])
        out = np.maximum(hidden, 0) @ last + [0.5, -0.25]
        assert list(out.argmax(1)) == exact["targets"]
        for n, target in enumerate(exact["targets"]):
            gradient = np.array([[1, -2, 0.5], [3, 1.5, -1]]) @ ((hidden[n] > 0) * last[:, target])
            assert np.allclose(floats[n], gradient * x[n], rtol=1e-12, atol=1e-12)


    def test_laws_of_rules_are_those_of_the_docs(self):
        done = self.run(["rules", "audit"])
        assert done.returncode == 0 and not done.stderr, done
        with open(os.path.join(self.source, "docs", "rule-laws.md"), encoding="utf-8") as page:
            shown = page.read().split("`lrproof rules audit` prints:\n\n")[1]
        assert shown == "".join("    " + line + "\n" if line else "\n" for line in done.stdout.decode().splitlines())

    def test_laws_of_a_rule_of_ones_own(self):
        text = ('[ruleset]\nname = "mine"\n[[assign]]\nto = { op = "linear" }\nrule = "half"\n'
                '[[rule.half.term]]\nshare = "1/2"\nnumerator = "a*w"\n')
        with open(self.path("half.toml"), "w", encoding="utf-8") as out:
            out.write(text)
        done = self.run(["rules", "audit", "half.toml", "w-square"])
        assert done.returncode == 0, done
        assert b"mine: half, conserves: a = (1), w = (1), b = 0: shares (1/2) sum to 1/2" in done.stdout, done.stdout
        assert b"w-square, dead input" in done.stdout
        wrong = self.run(["rules", "audit", "w-squar"])
        assert wrong.returncode == 2 and b"w-squar" in wrong.stderr and not wrong.stdout, wrong


def tamper(witness):
    """Another number in place of the first one found."""
    for key, value in witness.items():
        if isinstance(value, str):
            witness[key] = "123456789/1000"
            return
        if isinstance(value, list) and value and isinstance(value[0], str):
            value[0] = "123456789/1000"
            return


def tests(programs, folder, source):
    all_of = Behaviour(programs, folder, source)
    return [(name[5:].replace("_", " "), getattr(all_of, name)) for name in dir(all_of) if name.startswith("test_")]
