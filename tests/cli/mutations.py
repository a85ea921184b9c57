"""Every part of every kind of certificate, corrupted one at a time: the second program accepts none that says more."""
import copy
import json
from fractions import Fraction

import numpy as np

from behaviour import Behaviour

RULES = [w for name in ("dtd-w2", "dtd-x", "dtd-zb", "dtd-z-plus", "lrp-0", "lrp-epsilon", "lrp-gamma")
         for w in ("--rules", name)]
BASE = ["audit", "good.onnx", *RULES, "--inputs", "x.npy", "--domain", "-4,4", "--certificates", "all", "--tau", "1/2"]
SCOPES = {"cell": [*BASE, "--scope", "cell"],
          "box": [*BASE, "--scope", "box", "--radius", "1/4", "--min-activation", "1/16"],
          "regions": [*BASE, "--scope", "box", "--radius", "1", "--min-activation", "1/16", "--target", "argmin"]}
# Lists of texts "HEAD ROW ROW ... | ..." with their words before the rows, and their multipliers.
SUMS = {"leaves": (2, "multipliers"), "cover": (2, "cover_multipliers"), "bounds": (2, "bound_multipliers")}
# Laws that intervals show over the whole scope need neither bounds nor regions: damage there says nothing more.
SPARE = {"bounds", "bound_multipliers", "points", "cover", "cover_multipliers"}
# A sum that was below 0 may still be so with a multiplier changed, and is a proof then; two elements or terms may be as
# near.
STILL_A_SUM = ("row dropped", "multiplier zero", "multiplier larger", "multipliers: moved", "doubled", "spans: moved",
               "cover: dropped", "cover: condition", "element: next", "term: next")

LAWS = {"con.layer": "everywhere", "con.total": "everywhere", "pos.layer": "everywhere", "den.nonzero": "everywhere",
        "pre.rule": "everywhere", "gxi.reduces": "reduces", "gxi.strict": "reduces", "gxi.scaled": "scaled",
        "gxi.bounded": "bounded"}


def number(v):
    return str(Fraction(v))


def sums(witness, name):
    """The text's parts, each with its multipliers."""
    head, numbers = SUMS[name]
    rest, parts = list(witness.get(numbers, [])), []
    for text in witness[name].split(" | "):
        rows = len(text.split()) - head
        parts.append((text.split(), rest[:rows]))
        rest = rest[rows:]
    return parts


def put(witness, name, parts, spans=None):
    witness[name] = " | ".join(" ".join(words) for words, _ in parts)
    witness[SUMS[name][1]] = [m for _, numbers in parts for m in numbers]
    if spans is not None:
        witness["spans"] = spans


def of_sums(exemplar, name):
    """A leaf dropped, a row dropped, a multiplier negative, zero, larger; a whole leaf doubled, which says the same."""
    parts = sums(exemplar["witness"], name)
    for k, (words, numbers) in list(enumerate(parts))[:6]:
        def changed(one, k=k, spans=None):
            e = copy.deepcopy(exemplar)
            put(e["witness"], name, parts[:k] + one + parts[k + 1:], spans)
            return e
        spans = exemplar["witness"].get("spans", []) if name == "leaves" else None
        yield f"{name}: dropped", changed([], spans=spans and spans[:2 * k] + spans[2 * k + 2:])
        for n in range(min(len(numbers), 3)):
            at = SUMS[name][0] + n
            yield f"{name}: row dropped", changed([(words[:at] + words[at + 1:], numbers[:n] + numbers[n + 1:])])
            for what, m in (("negative", number(-Fraction(numbers[n]))), ("zero", "0"),
                            ("larger", number(Fraction(numbers[n]) * 3 + 1)), ("no number", "x")):
                yield f"{name}: multiplier {what}", changed([(words, numbers[:n] + [m] + numbers[n + 1:])])
        if numbers and name != "bounds":
            yield f"{name}: doubled", changed([(words, [number(2 * Fraction(m)) for m in numbers])])
        if name == "leaves" and words[1] not in ("none", "empty") and not words[1].startswith("off:"):
            later = [number(Fraction(spans[2 * k]) + 7), "-1"]
            yield "span: later", changed([(words, numbers)], spans=spans[:2 * k] + later + spans[2 * k + 2:])
        yield f"{name}: condition", changed([([words[0], "nowhere:0>=", *words[2:]], numbers)])


def of_fields(exemplar):
    """Every other field: gone, another number, another word."""
    for key, value in exemplar["witness"].items():
        e = copy.deepcopy(exemplar)
        del e["witness"][key]
        yield f"{key}: gone", e
        changes = []
        if isinstance(value, int):
            changes = [("next", value + 1), ("no element", 10 ** 9), ("negative", -1)]
        elif isinstance(value, list) and value:
            changes = [("one less", value[:-1]), ("one more", [*value, "1"]), ("of no numbers", ["x"] * len(value)),
                       ("moved", [number(Fraction(value[0]) + 7), *value[1:]])]
        elif isinstance(value, str) and key not in SUMS:
            changes = [("another", {"always": "never", "never": "always"}.get(value, value + "x"))]
        for what, v in changes:
            e = copy.deepcopy(exemplar)
            e["witness"][key] = v
            yield f"{key}: {what}", e


def of_claims(finding, report):
    """What is claimed is another thing: class, unit, layer, rules, check, verdict, scope."""
    def changed(change):
        f = copy.deepcopy(finding)
        change(f)
        return f
    each = lambda f, change: [change(e) for e in f["exemplars"]]
    yield "target", changed(lambda f: each(f, lambda e: e["place"].update(target=1 - e["place"]["target"])))
    yield "no target", changed(lambda f: each(f, lambda e: e["place"].update(target=7)))
    yield "no input", changed(lambda f: each(f, lambda e: e["place"].update(input=99)))
    yield "exemplars refuted", changed(lambda f: each(f, lambda e: e.update(verdict="refuted")))
    yield "refuted", changed(lambda f: f.update(verdict="refuted"))
    if finding["answer"] == "always":
        yield "never", changed(lambda f: f.update(answer="never"))
    if asks_neuron(finding):
        yield "neuron", changed(lambda f: each(f, lambda e: e["place"].update(neuron=e["place"]["neuron"] + 1)))
    yield "node", changed(lambda f: f["place"].update(node="nowhere"))
    yield "rules", changed(lambda f: f.update(rule_set="nobody"))
    yield "check", changed(lambda f: f.update(check="root.nothing"))
    yield "everywhere", changed(lambda f: f["scope"].update(kind="everywhere"))
    yield "no such scope", changed(lambda f: f["scope"].update(kind="foo"))
    yield "refuted by a proof", changed(lambda f: (f.update(verdict="refuted", trust=None, answer=None),
                                                   f["numbers"]["counts"].update(proved=0, refuted=1)))
    yield "no counts", changed(lambda f: f["numbers"].pop("counts"))
    if finding["answer"] == "always" and finding["scope"]["kind"] in ("cell", "box"):
        yield "no answer in its places", changed(lambda f: each(f, lambda e: e["witness"].pop("answer", None)))
    yield "more places", changed(lambda f: f["numbers"]["counts"].update(refuted=1))
    if finding["trust"] == "checked":
        if not asks_neuron(finding) and len(finding["exemplars"]) > 1:
            yield "an input left out", changed(lambda f: (f["exemplars"].pop(),
                                                          f["numbers"]["counts"].update(
                                                              places=f["numbers"]["counts"]["places"] - 1,
                                                              proved=f["numbers"]["counts"]["proved"] - 1)))
        if finding["rule_set"] and finding["check"].startswith(("gxi", "con", "pos", "den", "pre")):
            yield "no rules", changed(lambda f: f.update(rule_set=None))
        yield "one place less", changed(lambda f: f["exemplars"].pop())
        yield "a place twice", changed(lambda f: f["exemplars"].__setitem__(0, f["exemplars"][-1]))


def asks_neuron(finding):
    return finding["check"].startswith("root.") and all("unit" in e["witness"] for e in finding["exemplars"])


def nothing_behind(finding):
    """Whatever stands in its leaves, the root of the last layer can leave no cell."""
    return finding["place"]["node"] == "fc2" and finding["check"] != "root.domain"


class Mutations(Behaviour):
    def answers(self, report, findings):
        """The second program's word on each of these findings, in one run."""
        with open(self.path("m.json"), "w", encoding="utf-8") as out:
            json.dump({**report, "findings": findings}, out)
        done = self.run(["m.json"], "recheck")
        assert done.returncode in (0, 3, 70), done
        lines = done.stdout.decode().splitlines()
        assert len(lines) == len(findings) + 1, (len(lines), len(findings), done.stdout[-500:])
        return [line.split("  ")[0] for line in lines[:-1]]

    def proved(self, scope):
        report = self.report(base=SCOPES[scope])
        self.validates(report)
        self.recheck((0, 3), "r.json", says=["0 rejected"])
        return report, [f for f in report["findings"] if f["trust"] == "checked"]

    def accepted(self, report, mutants):
        """Names of the mutants that were accepted, and how many there were of each name."""
        answers = self.answers(report, [f for _, f in mutants])
        counts = {}
        for (name, _), answer in zip(mutants, answers):
            told = counts.setdefault(name, [0, 0])
            told[0] += 1
            told[1] += answer == "accepted"
        return counts

    def test_certificates_of_all_places(self):
        points = [w for w in BASE if w not in ("--certificates", "all")]
        for f in self.report(base=points)["findings"]:
            assert f["trust"] in (None, "evaluated") and len(f["exemplars"]) <= 3, f
        checked = 0
        for base in (BASE, *SCOPES.values()):
            report = self.report(base=base)
            self.validates(report)
            for f in report["findings"]:
                proved = [e for e in f["exemplars"] if e["verdict"] == "proved"]
                assert len(proved) == f["numbers"]["counts"]["proved"], f
                checked += base is BASE and f["trust"] == "checked"
            self.recheck((0, 3), "r.json", says=["0 rejected"])
        assert checked > 20, checked

    def test_proofs_with_a_part_corrupted(self):
        kinds = set()
        for scope in SCOPES:
            report, proved = self.proved(scope)
            mutants = []
            for f in proved:
                shown = f["exemplars"]
                n = max(range(len(shown)), key=lambda k, shown=shown: len(shown[k]["witness"]))
                e = shown[n]
                kinds.update(e["witness"])
                every = [*of_fields(e)] + [m for name in SUMS if name in e["witness"] for m in of_sums(e, name)]
                group = "law" if not asks_neuron(f) else "last" if nothing_behind(f) else "root"
                mutants += [(f"{group} {name}", {**f, "exemplars": [*shown[:n], m, *shown[n + 1:]]})
                            for name, m in every]
            counts = self.accepted(report, mutants)
            self.judge(scope, counts)
        assert {"leaves", "cover", "points", "unit", "nearest", "bounds", "everywhere"} <= kinds, kinds

    def judge(self, scope, counts):
        wrong = []
        for name, (all_of, accepted) in sorted(counts.items()):
            group, field = name.split()[0], name.split()[1].rstrip(":")
            harmless = name.endswith(STILL_A_SUM) or (group == "law" and field in SPARE)
            harmless = harmless or (group == "last" and field in ("leaves", "multipliers", "spans"))
            wrong += [(scope, name, accepted, all_of)] if accepted and not harmless else []
            rejected = all_of - accepted
            sharp = scope == "cell" and group == "root" and not name.endswith(("doubled", "spans: moved"))
            wrong += [(scope, name, "none of them is rejected")] if sharp and not rejected else []
        assert not wrong, wrong

    def test_claims_that_are_others(self):
        for scope in SCOPES:
            report, proved = self.proved(scope)
            mutants = [(name, m) for f in proved for name, m in of_claims(f, report)]
            counts = self.accepted(report, mutants)
            wrong = {name: c for name, c in counts.items() if c[1]}
            assert not wrong and len(counts) >= 11, (scope, wrong, sorted(counts))

    def test_another_model(self):
        for scope in SCOPES:
            mine, _ = self.proved(scope)
            theirs = self.report(base=["audit", "other.onnx", *SCOPES[scope][2:]], to="theirs.json")
            self.stands_for(mine, {**mine, "model": theirs["model"]}, theirs["findings"])

    def test_other_inputs(self):
        np.save(self.path("turned.npy"), np.load(self.path("x.npy"))[::-1] * np.float32(0.75))
        for scope in SCOPES:
            mine, _ = self.proved(scope)
            turned = [w if w != "x.npy" else "turned.npy" for w in SCOPES[scope]]
            theirs = self.report(base=turned, to="theirs.json")
            self.stands_for(mine, {**mine, "inputs": theirs["inputs"]}, theirs["findings"])

    def test_other_rules(self):
        for scope in SCOPES:
            mine, _ = self.proved(scope)
            sets = mine["rule_sets"]
            names = [s["name"] for s in sets]
            turned = [{**s, "name": name} for s, name in zip(sets, names[1:] + names[:1])]
            new_name = dict(zip(names, names[1:] + names[:1]))
            theirs = [{**f, "rule_set": new_name.get(f["rule_set"], f["rule_set"])} for f in mine["findings"]]
            self.stands_for(mine, {**mine, "rule_sets": turned}, theirs)

    def test_forged_proofs_of_what_is_false(self):
        """Whatever is refuted somewhere in a scope, put down as proved: the second program cannot show it."""
        more = ("innvestigate-z-plus", "lrp-alpha2-beta1", "zennit-epsilon-plus", "lrp-flat", "excitation-backprop")
        rules = [w for name in more for w in ("--rules", name)]
        forged = 0
        for scope in SCOPES:
            report = self.report(base=[*SCOPES[scope], *rules])
            proofs = []
            for f in report["findings"]:
                false = [e for e in f["exemplars"] if e["verdict"] == "refuted"]
                kind = LAWS.get(f["check"])
                if f["verdict"] != "refuted" or not kind or not false:
                    continue
                witness = {"kind": kind, "everywhere": "lemma", "premise": f["place"]["notion"], "tau": ["1/2"]}
                counts = {**f["numbers"]["counts"], "proved": len(false), "refuted": 0, "unknown": 0}
                exemplar = {**false[0], "verdict": "proved", "witness": witness}
                proofs.append({**f, "verdict": "proved", "numbers": {**f["numbers"], "counts": counts},
                               "exemplars": [exemplar]})
            answers = self.answers(report, proofs)
            wrong = [(scope, f["check"], f["rule_set"], f["place"]["node"]) for f, a in zip(proofs, answers)
                     if a == "accepted"]
            assert not wrong, wrong
            forged += len(proofs)
        assert forged > 60, forged

    def stands_for(self, mine, changed, theirs):
        """Of my proofs only those are accepted whose claim is proved of the other thing as well. A premise is a claim
        about tensors, whoever makes it."""
        def claim(f):
            return json.dumps([f["check"], f["rule_set"], f["place"]["node"], f["place"]["kind"], f["place"]["notion"]])
        proved = [f for f in mine["findings"] if f["trust"] == "checked"]
        holds = {claim(f) for f in theirs if f["verdict"] == "proved"}
        answers = self.answers(changed, proved)
        wrong = [claim(f) for f, a in zip(proved, answers)
                 if a == "accepted" and claim(f) not in holds and f["check"] != "pre.rule"]
        assert not wrong, wrong
        assert "rejected" in answers, answers


def tests(programs, folder, source):
    all_of = Mutations(programs, folder, source)
    return [("mutations: " + name[5:].replace("_", " "), getattr(all_of, name)) for name in vars(Mutations)
            if name.startswith("test_")]
