"""Runs the lrproof command under test."""
import pathlib
import subprocess

import numpy as np


class Refused(Exception):
    """lrproof ended with an error; the text is what it said."""


class Lrproof:
    def __init__(self, binary, folder):
        self.binary = str(pathlib.Path(binary).resolve())
        self.folder = pathlib.Path(folder)
        shown = subprocess.run([self.binary, "attribute", "--help"], capture_output=True, text=True, timeout=60)
        self.precision = ["--precision", "double"] if "--precision" in shown.stdout else []

    def attribute(self, model, rules, inputs, target, canonize=None, domain=None):
        """Relevance of `inputs` (a numpy array, batch first) as lrproof writes it."""
        given, written = self.folder / "inputs.npy", self.folder / "relevance.npy"
        np.save(given, inputs)
        written.unlink(missing_ok=True)
        command = [self.binary, "attribute", str(model), "--rules", str(rules), "--inputs", str(given),
                   "-o", str(written), "--target", str(target), *self.precision]
        if canonize:
            command += ["--canonize", canonize]
        if domain:
            command += ["--domain", f"{domain[0]:g},{domain[1]:g}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if done.returncode != 0 or not written.exists():
            said = (done.stderr.strip() or done.stdout.strip() or "nothing").splitlines()
            raise Refused(f"exit {done.returncode}: {said[0]}")
        return np.load(written)
