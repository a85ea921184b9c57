#!/usr/bin/env python3
"""validate.py SCHEMA.json REPORT_SAMPLE FOLDER: writes the sample reports and holds them against the JSON Schema.

Also damages each required member of a report in turn: a schema that accepts the damage checks nothing.
Exit 77 (skipped) where python3-jsonschema is not installed, unless CI is set.
"""
import copy
import json
import os
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("not run: python3-jsonschema is not installed")
    sys.exit(1 if os.environ.get("CI") else 77)


def reject_constant(word):
    raise ValueError(f"{word} is no JSON")


def load(path):
    return json.loads(pathlib.Path(path).read_text(encoding="utf-8"), parse_constant=reject_constant)


def main():
    schema_path, sample, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    subprocess.run([sample, folder], check=True)
    schema = load(schema_path)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = 0
    reports = sorted(pathlib.Path(folder).glob("*.json"))
    for path in reports:
        for error in validator.iter_errors(load(path)):
            failures += 1
            print(f"{path}: /{'/'.join(map(str, error.absolute_path))}: {error.message}")
    report = load(reports[0])
    for holder in [(), ("model",), ("findings", 0), ("findings", 0, "place"), ("tables", "roots", 0), ("summary",)]:
        members = report
        for key in holder:
            members = members[key]
        for member in members:
            damaged = copy.deepcopy(report)
            target = damaged
            for key in holder:
                target = target[key]
            del target[member]
            if validator.is_valid(damaged):
                failures += 1
                print(f"the schema does not miss {holder + (member,)}")
    print(f"{len(reports)} reports, {failures} failures")
    sys.exit(1 if failures or not reports else 0)


main()
