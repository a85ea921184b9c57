"""The command line itself: words it does not know, options it cannot use, exit codes of what it finds."""
import os

from case import Case

AUDIT = ["audit", "good.onnx", "--inputs", "x.npy"]
LRP0 = [*AUDIT, "--rules", "lrp-0"]


def mistakes():
    """(name, arguments, words of the error)."""
    yield "unknown command", ["audti", "good.onnx"], ["audti", "did you mean 'audit'"]
    yield "command of a later version", ["sensitivity", "good.onnx"], ["sensitivity"]
    yield "unknown option", [*LRP0, "--targets", "argmax"], ["--targets"]
    yield "unknown option at the top", ["--frobnicate"], ["--frobnicate"]
    yield "no model", ["audit", "--rules", "lrp-0", "--inputs", "x.npy"], ["model"]
    yield "no rules", AUDIT, ["--rules"]
    yield "no inputs", ["audit", "good.onnx", "--rules", "lrp-0"], ["--inputs"]
    yield "two models", ["audit", "good.onnx", "good.onnx", "--rules", "lrp-0", "--inputs", "x.npy"], ["good.onnx"]
    yield "option without value", [*LRP0, "--target"], ["--target"]
    for word in ("7", "-1", "2", "99999999999999999999", "argmx", "1.5", "", "0x1", "1 "):
        yield f"target {word!r}", [*LRP0, f"--target={word}"], ["--target"] if word else []
    for word in ("1", "1,0", "a,b", "0,", ",1", "0,1,2", "nan,1", "0,inf", "1/0,2", "0,1e999999999", " "):
        yield f"domain {word!r}", [*LRP0, f"--domain={word}"], ["--domain"]
    for word in ("-1", "x", "1/0", "nan", "1e999999999", "-1e-400"):
        yield f"tau {word!r}", [*LRP0, f"--tau={word}"], ["--tau"]
    yield "check", [*LRP0, "--check", "gxi.reduce"], ["gxi.reduce", "did you mean 'gxi.reduces'"]
    yield "node", [*LRP0, "--node", "fc9"], ["--node fc9", "is no node of the model"]
    yield "require", [*LRP0, "--require", "con.totl"], ["con.totl", "did you mean 'con.total'"]
    yield "canonize", [*LRP0, "--canonize", "batchnorm-into-afine"], ["did you mean 'batchnorm-into-affine'"]
    yield "canonize none and more", [*LRP0, "--canonize", "none,batchnorm-into-affine"], ["none"]
    for wrong, right in (("pont", "point"), ("cel", "cell"), ("boxx", "box")):
        yield f"scope {wrong}", [*LRP0, "--scope", wrong], [f"did you mean '{right}'"]
    yield "scope: none", [*LRP0, "--scope="], ["--scope"]
    yield "box without a radius", [*LRP0, "--scope", "box"], ["--scope box", "--radius"]
    for scope in ("point", "cell"):
        yield f"radius of a {scope}", [*LRP0, "--scope", scope, "--radius", "1"], ["--radius", "--scope box"]
    for word in ("0", "-1", "nan", "inf", "wide", "1/0", "1e999999999", " "):
        yield f"radius {word!r}", [*LRP0, "--scope", "box", f"--radius={word}"], ["--radius"]
        yield f"min-activation {word!r}", [*LRP0, "--scope", "cell", f"--min-activation={word}"], ["--min-activation"]
    yield "min-activation at points", [*LRP0, "--min-activation", "1"], ["--min-activation", "--scope cell"]
    yield "certificates some", [*LRP0, "--certificates", "some"], ["--certificates"]
    for option in ("--limit", "--witnesses", "--jobs", "--root-samples", "--budget", "--seed"):
        for word in ("x", "-3", "99999999999999999999999", "1.5", ""):
            yield f"{option} {word!r}", [*LRP0, f"{option}={word}"], [option]
    yield "limit 0", [*LRP0, "--limit=0"], ["--limit"]
    yield "color", [*LRP0, "--color=sometimes"], ["--color"]
    yield "format", [*LRP0, "--format=xml"], ["--format"]
    for path, words in (("nowhere/r.json", ["nowhere"]), ("r.pdf", [".json"]), ("r", [".json"]), ("r.sarif", ["SARIF"]),
                        ("r.xml", ["JUnit"]), ("folder.json", ["folder.json"]), (".", [".json"])):
        yield f"report {path}", [*LRP0, "--report", path], words
    yield "one good report, one not", [*LRP0, "--report", "fine.json", "--report", "nowhere/r.md"], ["nowhere"]
    yield "report over the model", [*LRP0, "--report", "x.npy"], [".json"]
    attribute = ["attribute", "good.onnx", "--rules", "lrp-0", "--inputs", "x.npy"]
    yield "attribute: no output", attribute, ["-o"]
    yield "attribute: format", [*attribute, "-o", "map.png"], [".npy"]
    yield "attribute: json without exact", [*attribute, "-o", "map.json"], ["--exact"]
    yield "attribute: folder", [*attribute, "-o", "nowhere/map.npy"], ["nowhere"]
    yield "attribute: precision", [*attribute, "-o", "map.npy", "--precision", "half"], ["half"]
    yield "attribute: target", [*attribute, "-o", "map.npy", "--target", "2"], ["0 to 1"]
    yield "attribute: all targets", [*attribute, "-o", "map.npy", "--target", "all"], ["all"]
    yield "attribute: two rule sets", [*attribute, "--rules", "lrp-epsilon", "-o", "map.npy"], ["--rules"]
    yield "canonize: nothing to do", ["canonize", "good.onnx"], ["--dry-run"]
    yield "canonize: pass", ["canonize", "good.onnx", "--dry-run", "--pass", "fold"], ["fold"]
    yield "rules: no word", ["rules"], []
    yield "rules: word", ["rules", "lst"], ["lst"]
    yield "rules show: none", ["rules", "show"], ["name"]
    yield "checks show: misspelt", ["checks", "show", "root.insid"], ["did you mean 'root.inside'"]


def exit_codes():
    """(name, arguments, exit code)."""
    yield "nothing required", LRP0, 0
    yield "required and proved", [*LRP0, "--require", "gxi.reduces"], 0
    yield "required and refuted", [*AUDIT, "--rules", "lrp-epsilon", "--require", "gxi.reduces"], 1
    yield "one of two required", [*LRP0, "--require", "gxi.reduces", "--require", "pos.layer"], 1
    yield "required of two rule sets", [*LRP0, "--rules", "lrp-epsilon", "--require", "gxi.reduces"], 1
    yield "required and not asked", [*LRP0, "--check", "con.total", "--require", "gxi.reduces"], 1
    nothing = ["audit", "plane.onnx", "--rules", "one.toml", "--inputs", "ones.npy", "--target", "0"]
    yield "required of nothing", [*nothing, "--require", "gxi.reduces"], 1
    yield "nothing", [*nothing, "--check", "gxi.reduces"], 0
    yield "rules first", ["audit", "--rules", "lrp-0", "good.onnx", "--inputs", "x.npy"], 0
    yield "canonize none", [*LRP0, "--canonize", "none"], 0
    yield "report text", [*LRP0, "--limit", "1", "--target", "all"], 0
    yield "dry run", ["canonize", "good.onnx", "--dry-run"], 0
    yield "more inputs than there are", [*LRP0, "--limit", "1000"], 0
    yield "tau", [*LRP0, "--tau", "1/100"], 0
    yield "cell", [*LRP0, "--scope", "cell", "--require", "gxi.reduces", "--allow-unknown"], 0
    yield "cell, nothing unknown", [*LRP0, "--scope", "cell"], 0
    yield "cell, something unknown", [*AUDIT, "--rules", "dtd-z-plus", "--scope", "cell"], 3
    box = ["--scope", "box", "--radius", "1/8", "--allow-unknown"]
    yield "box", [*LRP0, *box, "--require", "gxi.reduces"], 0
    yield "box, refuted", [*AUDIT, "--rules", "lrp-epsilon", *box, "--require", "gxi.reduces"], 1
    yield "negative bounds", [*LRP0, "--domain", "-1,1"], 0
    unknown = ["audit", "good.onnx", "--rules", "dtd-z-plus", "--inputs", "x.npy", "--budget", "1"]
    yield "unknown", unknown, 3
    yield "unknown, allowed", [*unknown, "--allow-unknown"], 0
    yield "unknown and a required refutation", [*unknown, "--require", "gxi.reduces"], 1
    for argv in (["--help"], ["--version"], ["audit", "--help"], ["attribute", "--help"], ["canonize", "--help"],
                 ["rules", "--help"], ["rules", "list"], ["rules", "show", "dtd-z-plus"], ["checks", "--help"],
                 ["checks", "list"], ["checks", "show", "root.inside"], []):
        yield " ".join(argv) or "nothing", argv, 0


def cases(folder, source):
    del source
    os.mkdir(os.path.join(folder, "folder.json"))
    for name, argv, words in mistakes():
        yield Case(f"usage: {name}", argv, 2, words)
    for name, argv, code in exit_codes():
        yield Case(f"exit code: {name}", argv, code)
