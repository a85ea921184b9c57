"""`lrproof rules audit --format json`: its schema, and the second program on true, damaged and forged answers."""
import copy
import hashlib
import json
import os
import re
from fractions import Fraction

import jsonschema

from behaviour import Behaviour, load


def refuted(laws):
    return [(r, a) for r in laws["rules"] for a in r["answers"] if a["verdict"] == "refuted"]


def results(witness):
    """Where a witness states what the rule gives: (list, index)."""
    lists = [witness.get("shares"), witness.get("merged"), witness.get("changed", {}).get("shares"),
             *(side["limit"] for side in witness.get("sides", []))]
    return [(numbers, k) for numbers in lists if numbers for k in range(len(numbers))]


class RuleLaws(Behaviour):
    def laws(self, *names, to="laws.json", code=0):
        done = self.run(["rules", "audit", *names, "--report", to, "--quiet"])
        assert done.returncode == code and not done.stdout and not done.stderr, done
        laws = load(self.path(to))
        schema = load(os.path.join(self.source, "docs", "lrproof-rule-laws-1.schema.json"))
        jsonschema.Draft202012Validator(schema).validate(laws)
        return laws

    def changed(self, laws, change, to="changed.json"):
        other = copy.deepcopy(laws)
        change(other)
        with open(self.path(to), "w", encoding="utf-8") as out:
            json.dump(other, out)
        return to

    def test_laws_of_rules_as_json(self):
        laws = self.laws()
        assert len(laws["rules"]) == 14 and all(len(r["answers"]) == 28 for r in laws["rules"])
        assert not [a for r in laws["rules"] for a in r["answers"] if a["verdict"] == "unknown"]
        shown = self.run(["rules", "audit", "--format", "json"])
        assert shown.returncode == 0 and json.loads(shown.stdout) == laws
        text = self.run(["rules", "audit", "--verbose"]).stdout.decode()
        for rule, answer in refuted(laws):
            assert f"  {rule['name']}, {answer['law']}: {answer['text']}\n" in text, answer
        self.recheck(0, "laws.json", says=[f"{len(refuted(laws))} accepted, 0 rejected, 0 not covered"])

    def test_a_law_whose_numbers_are_changed_is_rejected(self):
        laws = self.laws()
        for k in range(max(len(results(a["witness"])) for _, a in refuted(laws))):
            def change(other, k=k):
                for _, answer in refuted(other):
                    if len(places := results(answer["witness"])) > k:
                        numbers, at = places[k]
                        old = numbers[at]
                        numbers[at] = "7" if "infinity" in old else str(Fraction(old) + Fraction(1, 1000))
            hit = sum(len(results(a["witness"])) > k for _, a in refuted(laws))
            self.recheck(70, self.changed(laws, change), says=[f"{hit} rejected"])

    def test_a_true_law_is_not_refuted(self):
        laws = self.laws("w-square", "lrp-0")
        witness = {"a": ["1", "2"], "w": ["1", "-1"], "b": "3", "low": "-2", "high": "1", "shares": ["1/2", "1/2"]}

        def forge(other):
            answer = other["rules"][0]["answers"][0]
            assert answer["law"] == "conserves" and answer["verdict"] == "proved"
            answer.update(verdict="refuted", witness=witness)
        self.recheck(70, self.changed(laws, forge), says=["rejected", "sum to 1"])

        def one_limit(other):
            for _, answer in refuted(other):
                for side in answer["witness"].get("sides", []):
                    side.update(answer["witness"]["sides"][0])
        self.recheck(70, self.changed(laws, one_limit), says=["rejected", "both sides have one limit"])

        def numberless(other):
            refuted(other)[0][1]["witness"] = None
        self.recheck(70, self.changed(laws, numberless), says=["1 rejected"])

    def test_premises_bind_a_witness(self):
        laws = self.laws("dtd-z-plus")

        def outside(other):
            for _, answer in refuted(other):
                if answer["law"] == "gradient x input" and answer["shape"] == "dense":
                    answer["witness"].update(a=["-1"], w=["1"], b="2", shares=["1"])
        self.recheck(70, self.changed(laws, outside), says=["1 rejected", "premises"])

        def along(other):
            for _, answer in refuted(other):
                for side in answer["witness"].get("sides", []):
                    side["along"] = ["-1"] * len(side["along"])
        self.recheck(70, self.changed(laws, along), says=["premises"])
        self.recheck(2, self.changed(laws, lambda o: o["rules"][0].update(premises=[])), says=["premises"])

    def test_the_text_of_a_rule_is_what_is_replayed(self):
        laws = self.laws("lrp-0")

        def other_text(other, honest):
            rule = other["rules"][0]
            rule["text"] = rule["text"].replace("share = 1", "share = 2")
            if honest:
                rule["sha256"] = hashlib.sha256(rule["text"].encode()).hexdigest()
        self.recheck(2, self.changed(laws, lambda o: other_text(o, False)), says=["sha256"])
        self.recheck(70, self.changed(laws, lambda o: other_text(o, True)), says=["rejected"])

    def test_what_the_second_program_cannot_say(self):
        laws = self.laws("lrp-0")
        self.recheck(3, self.changed(laws, lambda o: refuted(o)[0][1].update(law="fair")), says=["1 not covered"])
        for change in (lambda o: o.pop("rules"), lambda o: o["rules"][0].pop("text"), lambda o: o.update(rules=[3]),
                       lambda o: o["rules"][0]["answers"].append("x"), lambda o: o["rules"][0].update(premises=[1])):
            self.recheck(2, self.changed(laws, change), says=["changed.json"])
        self.recheck(2, "laws.json", "--model", "good.onnx", says=["--model"])

    def test_questions_to_z3_as_smt_lib(self):
        done = self.run(["rules", "audit", "lrp-0", "flat", "--smt", "--dump-smt", "law-questions"])
        assert done.returncode == 0, done
        names = sorted(os.listdir(self.path("law-questions")))
        if not names:
            return  # a build without Z3
        asked = int(re.search(r"of (\d+) questions", done.stdout.decode()).group(1).replace(",", ""))
        assert len(names) == asked, (len(names), asked)
        assert all(re.fullmatch(r"(lrp-0|flat)-\w+-fan-in-[123]\.smt2", name) for name in names), names
        for name in names:
            with open(self.path("law-questions", name), encoding="ascii") as script:
                text = script.read()
            assert text.startswith("(set-logic QF_NRA)") and text.rstrip().endswith("(check-sat)"), name
            assert text.count("(") == text.count(")"), name
        for extra in ([], ["--smt"]):  # nobody is asked; a folder that is a file
            folder = "unasked" if not extra else "good.onnx"
            done = self.run(["rules", "audit", "lrp-0", *extra, "--dump-smt", folder])
            assert done.returncode == 2 and b"[usage.dump]" in done.stderr and not done.stdout, done
        assert not os.path.exists(self.path("unasked"))

    def test_laws_are_written_to_json_files_only(self):
        before = sorted(os.listdir(self.folder))
        for name in ("laws.md", "json", "nowhere/laws.json"):
            done = self.run(["rules", "audit", "lrp-0", "--report", name])
            assert done.returncode == 2 and name.encode() in done.stderr and not done.stdout, done
        assert sorted(os.listdir(self.folder)) == before

    def test_a_law_of_a_rule_with_a_root_mean_square_is_not_covered(self):
        text = ('[ruleset]\nname = "mine"\n[[assign]]\nto = { op = "linear" }\nrule = "scaled"\n[[rule.scaled.term]]\n'
                'numerator = "a*w"\nstabilizer = { kind = "signed", epsilon = 1, rms = true }\n')
        with open(self.path("scaled.toml"), "w", encoding="utf-8") as out:
            out.write(text)
        laws = self.laws("scaled.toml", code=3)
        assert laws["rules"][0]["from"] == "mine"
        assert {a["shape"] for _, a in refuted(laws)} == {"dense"}
        self.recheck(3, "laws.json", says=["0 accepted, 0 rejected", "root mean square"])


def tests(programs, folder, source):
    all_of = RuleLaws(programs, folder, source)
    return [(name[5:].replace("_", " "), getattr(all_of, name)) for name in vars(RuleLaws) if name.startswith("test_")]
