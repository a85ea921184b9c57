"""One case: a command, what it must answer, and that it leaves nothing behind."""
import os
import re
import resource
import subprocess
from dataclasses import dataclass, field

MEMORY = 3 << 30  # address space; a file of a few bytes must not make the programs ask for more
SECONDS = 600  # a stop for what hangs; how fast things are is measured elsewhere


@dataclass
class Case:
    name: str
    argv: list
    code: object  # an exit code, or a tuple of those allowed
    says: list = field(default_factory=list)  # substrings of stderr where code is 2, else of both streams
    writes: bool = False
    program: str = "lrproof"


def limited():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def tree(folder):
    return sorted(os.path.join(base, f) for base, _, files in os.walk(folder) for f in files)


def run(programs, argv, folder, program="lrproof"):
    return subprocess.run([programs[program], *argv], cwd=folder, capture_output=True, timeout=SECONDS, check=False,
                          preexec_fn=limited, stdin=subprocess.DEVNULL)


def faults(case, programs, folder):
    """What is wrong with the command's answer; empty when it is as the case says."""
    before = tree(folder)
    try:
        done = run(programs, case.argv, folder, case.program)
    except subprocess.TimeoutExpired:
        return [f"took more than {SECONDS} s"]
    err, out = done.stderr.decode(errors="replace"), done.stdout.decode(errors="replace")
    told = err if case.code == 2 else err + out
    wrong = []
    allowed = case.code if isinstance(case.code, tuple) else (case.code,)
    if done.returncode not in allowed:
        wrong.append(f"exit code {done.returncode}, not {case.code}")
    wrong += [f"does not say {word!r}" for word in case.says if word not in told]
    if 70 not in allowed and "internal error" in told:
        wrong.append("speaks of an internal error")
    if done.returncode == 2:
        wrong += bad_error(err, out)
    if not case.writes and tree(folder) != before:
        wrong.append(f"wrote {sorted(set(tree(folder)) - set(before))}")
    if wrong:
        wrong.append(f"stderr: {err.strip()[:600]!r}")
    return wrong


def bad_error(err, out):
    """Exactly one error, on stderr, in one line of printable text."""
    wrong = []
    lines = [line for line in err.splitlines() if re.match(r"lrproof(-recheck)?: ", line)]
    if len(lines) != 1:
        wrong.append(f"{len(lines)} lines start with the program's name, not one")
    if out:
        wrong.append(f"prints on stdout: {out[:80]!r}")
    if re.search(r"[^\n\x20-\x7e\u00a0-\uffff]", err):
        wrong.append("unprintable characters on stderr")
    if len(err) > 3000:
        wrong.append(f"an error of {len(err)} characters")
    return wrong
