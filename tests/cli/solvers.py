"""bench/against_solvers.py on two small networks: agrees with Z3 where there is one, and notices a solver that lies."""
import os
import shutil
import subprocess
import sys

LIAR = '#!/bin/sh\n[ "$1" = --version ] && echo "Z3 version 0" || echo sat\n'


def bench(programs, folder, source, solver):
    out = os.path.join(folder, "solvers.md")
    network = os.path.join(source, "tests", "models", "marabou_fc_2-2-3.onnx")
    sys.path.insert(0, os.path.join(source, "bench"))
    from scope_growth import write_network  # pylint: disable=import-outside-toplevel
    drawn = os.path.join(folder, "drawn.onnx")
    write_network(drawn, 4)
    done = subprocess.run([sys.executable, "-B", os.path.join(source, "bench", "against_solvers.py"), "--lrproof",
                           programs["lrproof"], "--z3", solver, "--limit", "20", "--network", f"{network},-1,1,1/100",
                           "--network", f"{drawn},-1,1,1/10",
                           "--only", "exists roots reductions box", "--out", out],
                          capture_output=True, text=True, timeout=600, check=False)
    assert os.path.exists(out), done
    with open(out, encoding="utf-8") as file:
        return done, [line for line in file if line.startswith(("| marabou_fc", "| drawn"))]


def tests(programs, folder, source):
    def agrees():
        if shutil.which("z3") is None:
            print("skipped: bench agrees with Z3: no program z3 (package z3)")
            return
        done, rows = bench(programs, folder, source, "z3")
        assert done.returncode == 0 and "CONTRADICTION" not in done.stdout, done
        assert len(rows) >= 10 and all("| sat, " in row or "| unsat, " in row for row in rows), rows
        answers = [row.split(" | ")[2:5:2] for row in rows]
        assert any("unsat" not in row for row in rows) and any("unsat" in row for row in rows), answers

    def notices():
        liar = os.path.join(folder, "liar")
        with open(liar, "w", encoding="utf-8") as file:
            file.write(LIAR)
        os.chmod(liar, 0o755)
        done, rows = bench(programs, folder, source, liar)
        assert done.returncode == 1 and rows, done
        denied = (("root.inside", "| always |"), ("gxi.reduces", "| proved |"), ("root.exists", "| refuted |"))
        wrong = [row for row in rows if any(check in row and said in row for check, said in denied)]
        assert wrong and done.stdout.count("CONTRADICTION: ") == sum(row.count("| sat, ") for row in wrong), done.stdout

    yield "bench: agrees with Z3", agrees
    yield "bench: notices a solver that lies", notices
