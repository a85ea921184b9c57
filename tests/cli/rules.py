"""Rule files with mistakes in them."""
import os

from case import Case

HEAD = '[ruleset]\nname = "mine"\ndialect = "reference"\nsource = "a test"\n'
DENSE = '[[assign]]\nto = { op = "dense" }\nrule = "epsilon"\n'
PASS = '[[assign]]\nto = { op = "activation" }\nrule = "pass"\n'


def broken_files():
    """(file name, text, words of the error)."""
    yield "empty", "", ["empty.toml"]
    yield "syntax", HEAD + "start = = 1\n", ["syntax.toml:5:"]
    yield "unclosed", HEAD + 'unmatched = "err\n', ["unclosed.toml:5:"]
    yield "twice", HEAD + 'name = "other"\n', ["twice.toml:5:"]
    yield "binary", "\x00\x01\x02", ["binary.toml"]
    yield "deep", "x = " + "[" * 5000 + "]" * 5000 + "\n", ["deep.toml"]
    yield "unknown_key", HEAD + 'dialekt = "reference"\n' + DENSE, ["dialekt", "did you mean 'dialect'"]
    yield "unknown_table", HEAD + "[assigned]\n", ["assigned"]
    yield "unknown_rule", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = "epsilom"\n', ["did you mean 'epsilon'"]
    yield "unknown_op", HEAD + '[[assign]]\nto = { op = "dens" }\nrule = "epsilon"\n', ["did you mean 'dense'"]
    yield "unknown_selector", HEAD + '[[assign]]\nto = { opp = "dense" }\nrule = "epsilon"\n', ["opp", "did you mean"]
    yield "unknown_dialect", HEAD.replace("reference", "zenit") + DENSE, ["did you mean 'zennit'"]
    yield "unknown_start", HEAD + 'start = "valu"\n' + DENSE, ["valu"]
    yield "unknown_pass", HEAD + 'canonize = ["batchnorm-into-afine"]\n' + DENSE, ["batchnorm-into-affine"]
    yield "misspelt_name", HEAD + DENSE + PASS + '[[assign]]\nto = { name = "fc11" }\nrule = "z-plus"\n', ["did you mean"]
    yield "unmatched", HEAD + PASS, ["fc1"]
    yield "alpha_beta", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = { name = "alpha-beta", alpha = 2, beta = 2 }\n', \
        ["alpha"]
    yield "negative_epsilon", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = { name = "epsilon", epsilon = -1 }\n', \
        ["epsilon"]
    yield "word_epsilon", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = { name = "epsilon", epsilon = "tiny" }\n', \
        ["tiny"]
    yield "nan_epsilon", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = { name = "epsilon", epsilon = nan }\n', ["nan"]
    yield "huge_exponent", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = { name = "epsilon", ' \
        "epsilon = 1e999999999 }\n", ["1e999999999"]
    yield "misspelt_parameter", HEAD + '[[assign]]\nto = { op = "dense" }\nrule = { name = "epsilon", epsilom = 1 }\n', \
        ["epsilom", "did you mean 'epsilon'"]
    yield "formula", HEAD + DENSE + '[rule.own]\n[[rule.own.term]]\nnumerator = "pos(a*w"\n', ["formula.toml:", "numerator"]
    yield "formula_word", HEAD + DENSE + '[rule.own]\n[[rule.own.term]]\nnumerator = "poss(a)*w"\n', ["poss"]
    yield "box", HEAD + '[[assign]]\nto = { op = "dense", first = true }\nrule = "box"\n' + DENSE + PASS, ["--domain"]
    yield "types", HEAD.replace('"mine"', "7") + DENSE, ["name"]


def cases(folder, source):
    del source
    for name, text, words in broken_files():
        with open(os.path.join(folder, f"{name}.toml"), "w", encoding="utf-8") as out:
            out.write(text)
        argv = ["audit", "good.onnx", "--rules", f"{name}.toml", "--inputs", "x.npy"]
        yield Case(f"rules: {name}", argv, 2, [f"{name}.toml", *words] if name != "box" else words)
        if name not in ("empty", "box", "unmatched", "misspelt_name", "unknown_pass"):
            yield Case(f"rules show: {name}", ["rules", "show", f"{name}.toml"], 2, [f"{name}.toml"])
    rest = ["--inputs", "x.npy"]
    yield Case("rules: misspelt", ["audit", "good.onnx", "--rules", "lrp-epsilom", *rest], 2,
               ["lrp-epsilom", "did you mean 'lrp-epsilon'"])
    yield Case("rules: missing file", ["audit", "good.onnx", "--rules", "nothere.toml", *rest], 2, ["nothere.toml"])
    yield Case("rules: folder", ["audit", "good.onnx", "--rules", "./", *rest], 2, [])
    yield Case("rules: empty word", ["audit", "good.onnx", "--rules", "", *rest], 2, [])
    yield Case("rules: twice", ["audit", "good.onnx", "--rules", "lrp-0", "--rules", "lrp-0", *rest], 2, ["lrp-0"])
    yield Case("rules: path out of the list", ["audit", "good.onnx", "--rules", "../../lrp-0", *rest], 2, [])
    for name in ("dtd-zb", "lrp-box"):
        yield Case(f"rules: {name} without bounds", ["audit", "good.onnx", "--rules", name, *rest], 2, ["--domain"])
        yield Case(f"attribute: {name} without bounds",
                   ["attribute", "good.onnx", "--rules", name, *rest, "-o", "map.npy"], 2, ["--domain"])
        yield Case(f"rules: {name} with bounds",
                   ["audit", "good.onnx", "--rules", name, *rest, "--domain=-10,10", "--allow-unknown"], 0)
    with open(os.path.join(folder, "wants.toml"), "w", encoding="utf-8") as out:
        out.write(HEAD + 'canonize = ["batchnorm-into-affine"]\n' + DENSE + PASS)
    yield Case("rules: sets that want other rewrites",
               ["audit", "good.onnx", "--rules", "lrp-0", "--rules", "wants.toml", *rest], 2, ["--canonize"])
    with open(os.path.join(folder, "nameless.toml"), "w", encoding="utf-8") as out:
        out.write(DENSE + PASS)
    yield Case("rules: nameless", ["audit", "good.onnx", "--rules", "nameless.toml", *rest], 0)
    yield Case("rules: the same by name and by file",
               ["audit", "good.onnx", "--rules", "nameless.toml", "--rules", "./nameless.toml", *rest], 2, ["nameless"])
