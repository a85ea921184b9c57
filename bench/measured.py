"""Programs run one at a time with a limit on processor time, and what each spent. Standard library only."""
import os
import resource
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

MEMORY = 8 << 30  # address space of a program


@dataclass
class Spent:
    seconds: float  # processor time, user
    clock: float
    kilobytes: int  # largest resident size
    out: str
    code: int
    stopped: bool  # by the limit


def run(argv, limit=None):
    """The program to its end, or until it has used `limit` seconds of processor time."""
    def bounds():
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if limit:
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1))
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        with subprocess.Popen(argv, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              preexec_fn=bounds) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        clock = time.monotonic() - begin
        out.seek(0)
        text = out.read().decode(errors="replace")
    code = process.returncode
    killed = code in (-signal.SIGXCPU, -signal.SIGKILL) or text.strip() == "timeout"  # Z3 5 takes the signal itself
    stopped = limit is not None and killed and used.ru_utime + used.ru_stime > limit - 1
    return Spent(used.ru_utime, clock, used.ru_maxrss, text, code, stopped)
