"""One question put to Marabou, run by a Python that imports maraboupy: marabou_question.py FILE.npz class|exists

class   is the explained logit the greatest at every input of the box? One query per other logit.
exists  is the explained output 0 somewhere in the cell? Every ReLU on its piece, so no case is left to split.

Prints the time inside the solver and, last, the answer.
"""
import sys
import time
import warnings

import numpy as np

warnings.simplefilter("ignore")
from maraboupy import Marabou, MarabouCore, MarabouUtils  # noqa: E402 pylint: disable=wrong-import-position


class Query:
    """The network from the input on; pieces: a sign per ReLU, or None."""

    def __init__(self, given, low, high, pieces):
        self.network, self.given = Marabou.MarabouNetwork.MarabouNetwork(), given
        names = [self.network.getNewVariable() for _ in low]
        for name, a, b in zip(names, low, high):
            self.network.setLowerBound(name, a)
            self.network.setUpperBound(name, b)
        self.network.inputVars = [np.array(names)]
        for k, relu in enumerate(given["relu"]):
            names = [self.unit(names, w, b) for w, b in zip(given[f"w{k}"], given[f"b{k}"])]
            if relu:
                names = [self.activate(n, None if pieces is None else pieces[k][j]) for j, n in enumerate(names)]
        self.outputs = names
        self.network.outputVars = [np.array(names)]

    def unit(self, names, weights, bias):
        z = self.network.getNewVariable()
        self.equal([(float(w), n) for w, n in zip(weights, names) if w] + [(-1.0, z)], -float(bias))
        return z

    def equal(self, terms, value):
        equation = MarabouUtils.Equation(MarabouCore.Equation.EQ)
        for weight, name in terms:
            equation.addAddend(weight, name)
        equation.setScalar(value)
        self.network.addEquation(equation)

    def activate(self, z, on):
        a = self.network.getNewVariable()
        self.network.addRelu(z, a)
        if on is not None:
            (self.network.setLowerBound if on else self.network.setUpperBound)(z, 0.0)
        return a

    def ask(self):
        options = Marabou.createOptions(verbosity=0)
        return self.network.solve(verbose=False, options=options)[0]


def main():
    given, question = np.load(sys.argv[1]), sys.argv[2]
    x, target = given["x"].astype(float), int(given["target"])
    low, high = float(given["low"]), float(given["high"])
    a, pieces = x, []
    for k, relu in enumerate(given["relu"]):
        z = given[f"w{k}"].astype(float) @ a + given[f"b{k}"]
        pieces.append(z > 0)
        a = np.maximum(z, 0) if relu else z
    begin, answer = time.process_time(), "holds"
    if question == "exists":
        query = Query(given, [low] * len(x), [high] * len(x), pieces)
        query.equal([(1.0, query.outputs[target])], 0.0)
        answer = {"sat": "proved", "unsat": "refuted"}.get(query.ask(), "unknown")
    else:
        radius = float(given["radius"])
        for other in range(len(a)):
            if other == target:
                continue
            query = Query(given, np.maximum(x - radius, low), np.minimum(x + radius, high), None)
            query.network.addInequality([query.outputs[target], query.outputs[other]], [1.0, -1.0], 0.0)
            said = query.ask()
            if said != "unsat":
                answer = "refuted" if said == "sat" else "unknown"
                break
        answer = "proved" if answer == "holds" else answer
    print(f"in the solver: {time.process_time() - begin:.2f} s")
    print(answer)


if __name__ == "__main__":
    main()
