"""Runs commands for bench/timing.py and says what each took.

A process of its own that imports next to nothing: the peak memory of a command is never told below that of the process
which forked it. In and out: marshal, each value behind its length in eight bytes.
"""

import marshal
import os
import sys
import time


def main() -> None:
    asked, told = sys.stdin.buffer, sys.stdout.buffer
    while size := asked.read(8):
        answer = marshal.dumps(run(*marshal.loads(asked.read(int.from_bytes(size, "big")))))
        told.write(len(answer).to_bytes(8, "big") + answer)
        told.flush()


def run(argv: list[str], folder: str, environ: dict[str, str], errors: str) -> tuple[float, float, int, int]:
    """Seconds, seconds of CPU, `ru_maxrss` and exit code. What it prints goes nowhere, its stderr to a file."""
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        try:
            os.chdir(folder)
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, 0)
            os.dup2(nowhere, 1)
            os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            os.execve(argv[0], argv, environ)
        finally:
            os._exit(127)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    main()
