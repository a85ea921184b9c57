"""`lrproof forge`: roots that justify a map, checked here by the definition; maps that nothing justifies; bad files."""
import json
import os
from fractions import Fraction

import numpy as np

from case import Case, run, tree
from models import write
from onnx_bytes import dense, model, node, tensor, two_layers

FORGE = ["forge", "good.onnx", "--inputs", "x.npy", "--target-map"]


def save(folder, name, values):
    np.save(os.path.join(folder, name), np.array(values, dtype=np.float32))


def networks(folder):
    """A feature that nothing reads; one hidden unit; a clipped layer; a skip from the input; no hidden layer."""
    write(folder, "f_dead.onnx", two_layers(first=(0.0, 0.0, 0.0, 3.0, 1.5, -1.0)))
    write(folder, "f_narrow.onnx", model(
        [dense("x", "h", "fc1", "w1", "b1"), node("Relu", ["h"], ["a"], "act"), dense("a", "y", "fc2", "w2")],
        [tensor("w1", (2, 1), (1.0, 1.0)), tensor("b1", (1,), (0.5,)), tensor("w2", (1, 2), (1.0, -1.0))]))
    write(folder, "f_clip.onnx", model(
        [dense("x", "h", "fc1", "w1", "b1"), node("Clip", ["h", "lo", "hi"], ["a"], "clip"),
         dense("a", "y", "fc2", "w2")],
        [tensor("w1", (2, 2), (1.0, 0.5, 1.0, -0.25)), tensor("b1", (2,), (0.5, 0.5)), tensor("lo", (), (0.0,)),
         tensor("hi", (), (6.0,)), tensor("w2", (2, 2), (1.0, -1.0, 0.5, 2.0))]))
    write(folder, "f_skip.onnx", model([dense("x", "h", "fc1", "w1"), node("Relu", ["h"], ["a"], "act"),
                                        node("Add", ["x", "a"], ["y"], "sum")],
                                       [tensor("w1", (2, 2), (1.0, 0.5, 1.0, -0.25))]))
    write(folder, "f_plane.onnx", model([dense("x", "y", "fc", "w")], [tensor("w", (2, 2), (1.0, 2.0, -1.0, 3.0))]))


def arrays(folder):
    rng = np.random.default_rng(5)
    save(folder, "f_maps.npy", rng.integers(-40, 40, (4, 2)) / 8)
    save(folder, "f_one.npy", [[1.0, -2.0]])
    save(folder, "f_bare.npy", [1.0, -2.0])
    save(folder, "f_zero.npy", [[0.0, 0.0]])
    save(folder, "f_second.npy", [[0.0, 1.0]])
    save(folder, "f_big.npy", [[1000.0, 1000.0]])
    save(folder, "f_three.npy", np.ones((3, 2)))
    save(folder, "f_wide.npy", np.ones((4, 3)))
    save(folder, "f_nan.npy", [[1.0, np.nan]])
    save(folder, "f_corner.npy", [[0.0, 0.0]])
    save(folder, "f_kink.npy", [[-0.25, 0.0]])
    save(folder, "f_inside.npy", [[0.5, 0.25]])


def mistakes():
    """(name, arguments, words of the error)."""
    yield "no map", FORGE[:-1], ["--target-map"]
    yield "missing map", [*FORGE, "nowhere.npy"], ["nowhere.npy"]
    yield "too few maps", [*FORGE, "f_three.npy"], ["3 maps for 4 inputs"]
    yield "wide map", [*FORGE, "f_wide.npy"], ["f_wide.npy", "3", "2"]
    yield "NaN in the map", [*FORGE, "f_nan.npy"], ["NaN", "(0, 1)"]
    yield "map is a model", [*FORGE, "good.onnx"], ["good.onnx"]
    yield "wide inputs", ["forge", "good.onnx", "--inputs", "f_wide.npy", "--target-map", "f_one.npy"], ["f_wide.npy"]
    yield "cut misspelt", [*FORGE, "f_one.npy", "--cut", "fc3"], ["did you mean 'fc1'"]
    yield "cut: the input", [*FORGE, "f_one.npy", "--cut", "x"], ["no hidden tensor", "act, fc1"]
    yield "cut: the output", [*FORGE, "f_one.npy", "--cut", "fc2"], ["no hidden tensor"]
    yield "cut that does not cut", ["forge", "f_skip.onnx", "--inputs", "x.npy", "--target-map", "f_one.npy", "--cut",
                                    "act"], ["cuts the input from the output", "no node does"]
    yield "a kink", ["forge", "good.onnx", "--inputs", "f_kink.npy", "--target-map", "f_one.npy"], ["input 0",
                                                                                                   "kink of 'act:0'"]
    yield "outside the domain", [*FORGE, "f_one.npy", "--domain", "0,1"], ["input 0", "outside the domain"]
    yield "domain", [*FORGE, "f_one.npy", "--domain", "1,0"], ["--domain"]
    yield "target", [*FORGE, "f_one.npy", "--target", "2"], ["0 to 1"]
    yield "input beyond", [*FORGE, "f_one.npy", "--input", "4"], ["--input 4", "0 to 3"]
    yield "input and limit", [*FORGE, "f_one.npy", "--input", "1", "--limit", "1"], ["--limit"]
    yield "report format", [*FORGE, "f_one.npy", "--report", "r.html"], [".json"]
    yield "report folder", [*FORGE, "f_one.npy", "--report", "nowhere/r.json"], ["nowhere"]
    yield "smooth", ["forge", "tanh.onnx", "--inputs", "x.npy", "--target-map", "f_one.npy"], ["Tanh"]
    yield "damaged model", ["forge", "half.onnx", "--inputs", "x.npy", "--target-map", "f_one.npy"], ["half.onnx"]


def answers():
    """(name, arguments, exit code, words)."""
    yield "a map an input", [*FORGE, "f_maps.npy"], 0, ["4 of 4 maps forged", "replayed"]
    yield "one map for all", [*FORGE, "f_one.npy"], 0, ["4 of 4"]
    yield "a map without a batch", [*FORGE, "f_bare.npy"], 0, ["4 of 4"]
    yield "one input for all maps", ["forge", "good.onnx", "--inputs", "f_inside.npy", "--target-map",
                                     "f_maps.npy"], 0, ["4 of 4"]
    yield "nothing to explain", [*FORGE, "f_zero.npy"], 0, ["4 exactly"]
    yield "one of them", [*FORGE, "f_maps.npy", "--input", "2"], 0, ["input 2, output", "1 of 1"]
    yield "a cut of one's own", [*FORGE, "f_maps.npy", "--cut", "fc1", "--limit", "2"], 0, ["fc1, 3 units", "2 of 2"]
    dead = ["forge", "f_dead.onnx", "--inputs", "f_inside.npy", "--target-map"]
    yield "a dead feature", [*dead, "f_one.npy"], 1, ["impossible", "act: its Jacobian is 0 at feature 0", "fc1:"]
    yield "a dead feature that is not spoken of", [*dead, "f_second.npy"], 0, ["1 of 1"]
    narrow = ["forge", "f_narrow.onnx", "--inputs", "f_corner.npy", "--target-map", "f_one.npy"]
    yield "no domain", narrow, 0, ["1 of 1"]
    yield "signs that no root has", [*narrow, "--domain", "0,1"], 1, ["only one of its units", "2 columns"]
    yield "a domain of one point", [*narrow, "--domain", "0,0"], 1, ["leaves features 0, 1 no room"]
    yield "no hidden layer", ["forge", "f_plane.onnx", "--inputs", "x.npy", "--target-map", "f_one.npy"], 1, [
        "no hidden tensor cuts"]
    yield "a skip", ["forge", "f_skip.onnx", "--inputs", "f_inside.npy", "--target-map", "f_one.npy"], 1, [
        "no hidden tensor cuts"]
    clip = ["forge", "f_clip.onnx", "--inputs", "f_inside.npy", "--target", "0", "--target-map", "f_big.npy"]
    yield "beyond the tensor's bounds", [*clip, "--cut", "clip"], 0, ["1 exactly", "root.domain   no"]
    yield "up to a factor", [*clip, "--cut", "fc1"], 0, ["1 up to a factor", "kappa = 1 needs"]
    yield "quiet", [*FORGE, "f_maps.npy", "-q"], 0, []


def cases(folder, source):
    del source
    networks(folder)
    arrays(folder)
    for name, argv, words in mistakes():
        yield Case(f"forge: {name}", argv, 2, words)
    for name, argv, code, words in answers():
        yield Case(f"forge: {name}", argv, code, words)
    yield Case("forge --help", ["forge", "--help"], 0, ["--target-map"])


class Whole:
    """Reads the roots back and works the relevance out by the definition, in fractions."""

    def __init__(self, programs, folder, source):
        self.programs, self.folder, self.source = programs, folder, source

    def run(self, argv):
        return run(self.programs, argv, self.folder)

    def test_roots_give_the_map_by_definition(self):
        arrays(self.folder)
        done = self.run([*FORGE, "f_maps.npy", "--cut", "act", "--report", "f_roots.json", "-q"])
        assert done.returncode == 0 and not done.stdout and not done.stderr, done
        assert not [name for name in tree(self.folder) if ".tmp" in name]
        with open(os.path.join(self.folder, "f_roots.json"), encoding="utf-8") as file:
            report = json.load(file)
        assert report["schema"] == "lrproof-forge/1" and len(report["forgeries"]) == 4
        maps = np.load(os.path.join(self.folder, "f_maps.npy"))
        rows = np.load(os.path.join(self.folder, "x.npy"))
        for one in report["forgeries"]:
            assert one["built"] and one["replayed"] == "accepted"
            exact = [Fraction(float(v)) for v in rows[one["input"]]]
            wanted = [Fraction(one["kappa"]) * Fraction(float(v)) for v in maps[one["input"]]]
            assert relevance(one, exact) == wanted, one

    def test_json_on_stdout_is_the_file(self):
        arrays(self.folder)
        done = self.run([*FORGE, "f_maps.npy", "--format", "json"])
        assert done.returncode == 0 and json.loads(done.stdout)["schema"] == "lrproof-forge/1"
        again = self.run([*FORGE, "f_maps.npy", "--format", "json"])
        assert again.stdout == done.stdout

    def test_letters_of_the_example(self):
        folder = os.path.join(self.source, "examples", "forge")
        done = self.run(["forge", os.path.join(self.source, "examples", "models", "digits_mlp.onnx"), "--inputs",
                         os.path.join(folder, "digit.npy"), "--target-map", os.path.join(folder, "letters.npy"),
                         "--domain", "0,1"])
        assert done.returncode == 0 and not done.stderr, done
        with open(os.path.join(folder, "README.md"), encoding="utf-8") as page:
            shown = page.read()
        for line in done.stdout.decode().splitlines():
            assert "    " + line in shown.splitlines() or not line, line


def relevance(one, x):
    """Full-backward decomposition of the network of two_layers() at the tensor 'act': its suffix is linear."""
    first = [[Fraction(v) for v in row] for row in ((1, -2, Fraction(1, 2)), (3, Fraction(3, 2), -1))]
    bias = [Fraction(1, 4), Fraction(-1, 2), Fraction(1, 8)]
    last = [[1, 2], [-1, Fraction(1, 2)], [Fraction(3, 4), Fraction(-1, 4)]]

    def hidden(at):
        return [max(sum(at[i] * first[i][k] for i in range(2)) + bias[k], Fraction(0)) for k in range(3)]

    start, direction, form = ([Fraction(v) for v in one["hidden_root"][key]]
                              for key in ("at_input", "direction", "form"))
    here = hidden(x)

    def unit(k, at):
        a = hidden(at)
        along = sum(form[j] * (a[j] - here[j]) for j in range(3))
        root = start[k] + a[k] - here[k] - direction[k] * along
        return last[k][one["target"]] * (a[k] - root)

    out = [Fraction(0), Fraction(0)]
    (root,) = one["input_roots"]
    point = [Fraction(v) for v in root["point"]]
    step = Fraction(1, 2**400)
    for i in range(2):
        up, down = list(point), list(point)
        up[i] += step
        down[i] -= step
        for k in range(3):
            out[i] += (unit(k, up) - unit(k, down)) / (2 * step) * (x[i] - point[i])
    return out


def tests(programs, folder, source):
    whole = Whole(programs, folder, source)
    return [("forge: " + name[5:].replace("_", " "), getattr(whole, name)) for name in dir(whole)
            if name.startswith("test_")]
