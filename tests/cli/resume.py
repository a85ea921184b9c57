"""--resume FILE: an audit that was stopped at any moment goes on, and its report is that of one that was not."""
import json
import os
import subprocess
import time

import numpy as np

import models
from behaviour import Behaviour, without_time

RULES = [w for name in ("dtd-w2", "dtd-z-plus", "lrp-epsilon") for w in ("--rules", name)]
POINTS = ["audit", "good.onnx", *RULES, "--inputs", "x.npy", "--domain", "-4,4", "--tau", "1/8"]
BOX = [*POINTS, "--scope", "box", "--radius", "1/4"]


class Resumes(Behaviour):
    def lines(self, name):
        with open(self.path(name), "rb") as file:
            return file.read().splitlines(keepends=True)

    def write(self, name, data):
        with open(self.path(name), "wb") as out:
            out.write(data)
        return name

    def whole(self, base, name):
        """The report without a file, the same with one, and the lines that it leaves."""
        if os.path.exists(self.path(name)):
            os.remove(self.path(name))
        plain = without_time(self.report(base=base))
        assert without_time(self.report("--resume", name, base=base)) == plain
        return plain, self.lines(name)

    def test_resumed_audits_equal_whole_ones(self):
        for base in (POINTS, BOX):
            plain, lines = self.whole(base, "all.log")
            findings = len(plain["findings"])
            assert len(lines) == 1 + 4 * findings, (len(lines), findings)
            for keep in (0, 1, 2, findings, 2 * findings + 3, len(lines) - 1, len(lines)):
                rest = b"".join(lines[keep:])
                for torn in (0, 1, min(len(rest), 40)):
                    self.write("cut.log", b"".join(lines[:keep]) + rest[:torn])
                    again = self.report("--resume", "cut.log", "--jobs", "2", base=base)
                    assert without_time(again) == plain, (keep, torn)
                    assert keys(self.lines("cut.log")) == keys(lines), (keep, torn)
            self.recheck((0, 3), "r.json", says=["0 rejected"])

    def test_what_is_held_is_not_asked_again(self):
        _, lines = self.whole(BOX, "all.log")
        before = self.lines("all.log")
        self.report("--resume", "all.log", base=BOX)
        assert self.lines("all.log") == before == lines

    def test_a_killed_audit_goes_on(self):
        model = os.path.join(self.source, "tests", "models", "acasxu_1_1.onnx")
        base = ["audit", model, "--rules", "dtd-w2", "--rules", "lrp-0", "--inputs", "five.npy", "--scope", "cell",
                "--check", "root.inside", "--check", "gxi.reduces", "--domain", "-1,1"]
        np.save(self.path("five.npy"), np.array([[0.1, 0.2, -0.1, 0.3, 0.4], [-0.3, 0, 0.49, 0.4, 0.4]], np.float32))
        plain = without_time(self.report(base=base))
        killed = 0
        for least in (2, 6):
            running = subprocess.Popen([self.programs["lrproof"], *base, "--jobs", "1", "--resume", "killed.log"],
                                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            while running.poll() is None and self.count("killed.log") < least:
                time.sleep(0.002)
            if running.poll() is None:
                running.kill()
                killed += 1
            running.wait()
        assert killed > 0 and self.count("killed.log") >= 2
        assert without_time(self.report("--resume", "killed.log", base=base)) == plain

    def count(self, name):
        return len(self.lines(name)) if os.path.exists(self.path(name)) else 0

    def refuses(self, data, base, *says):
        self.write("held.log", data)
        done = self.run([*base, "--resume", "held.log", "--report", "none.json"])
        assert done.returncode == 2, (done.returncode, done.stderr)
        for word in ("held.log", *says):
            assert word.encode() in done.stderr, (word, done.stderr)
        assert b"".join(self.lines("held.log")) == data, "a file that was refused was changed"
        assert not os.path.exists(self.path("none.json"))

    def test_files_of_other_questions_are_refused(self):
        _, lines = self.whole(BOX, "all.log")
        data = b"".join(lines)
        other = [w if w != "1/4" else "1/8" for w in BOX]
        self.refuses(data, other, "settings differs")
        self.refuses(data, ["audit", "other.onnx", *BOX[2:]], "model differs")
        self.refuses(data, [*BOX, "--rules", "dtd-x"], "rules differs")
        self.refuses(data, [*BOX, "--limit", "2"], "inputs differs")
        self.refuses(data, [*BOX, "--check", "root.inside"], "checks differs")

    def test_weights_in_a_file_of_their_own_belong_to_the_question(self):
        self.write("beside.onnx", models.external([("location", "beside.bin")]))
        np.save(self.path("two.npy"), np.array([[1, 2]], np.float32))
        args = ["audit", "beside.onnx", "--rules", "lrp-0", "--inputs", "two.npy", "--check", "con.layer", "--resume", "o.log"]
        for scale, code in ((1, 0), (1, 0), (2, 2)):
            self.write("beside.bin", np.array([1, 2, 3, 4 * scale], np.float32).tobytes())
            done = self.run(args)
            assert done.returncode == code, done
        assert b"its model differs" in done.stderr, done

    def test_files_that_were_changed_are_refused(self):
        _, lines = self.whole(BOX, "all.log")
        changed = lines[3].replace(b'"counts":[', b'"counts":[1')
        assert changed != lines[3]
        self.refuses(b"".join([*lines[:3], changed, *lines[4:]]), BOX, "line 4")
        self.refuses(b"".join(lines[1:]), BOX, "differs")
        self.refuses(b"a text of mine\n", BOX, "line 1")
        self.refuses(b"a text of mine", BOX, "no file that lrproof wrote")
        for argv in (["--resume", "."], ["--resume", "nowhere/x.log"], ["--resume", "q.log", "--dump-smt", "q"]):
            done = self.run([*BOX, *argv])
            assert done.returncode == 2 and argv[1].encode() in done.stderr, (argv, done.stderr)


def keys(lines):
    """What each line is about, without what it took."""
    return sorted(json.loads(line[17:]).get("key", "") for line in lines)


def tests(programs, folder, source):
    all_of = Resumes(programs, folder, source)
    return [("resume: " + name[5:].replace("_", " "), getattr(all_of, name)) for name in vars(Resumes)
            if name.startswith("test_")]
