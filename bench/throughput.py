"""How near a build comes to the time in which its pictures could be had at best, and what memory it takes for that.

    python bench/throughput.py [--assets N] [--jobs N] [--latency SECONDS] [--megabytes N [N ...]] [--rounds N]

The whole of `pipeline build` is measured: start, plan, calls, store, lock and files. The best time is that of so many
calls with so many in flight, each of so many seconds, and nothing else. The peer is Google's SDK, used as its
documentation shows it: as many calls in flight, each picture written to a file. Server and client are processes of
their own and share the machine.

Memory a call in flight is what the process held at most, less what the same takes with pictures of next to nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from picture_server import image_size_of

HERE = Path(__file__).resolve().parent
MODEL = "gemini-3-pro-image"
PEER = """
import asyncio, pathlib, sys
from google import genai
from google.genai import types

async def main(assets, jobs, size, folder):
    client, slots = genai.Client(), asyncio.Semaphore(jobs)
    config = types.GenerateContentConfig(response_modalities=["IMAGE"], image_config=types.ImageConfig(image_size=size))
    async def one(number):
        async with slots:
            answer = await client.aio.models.generate_content(
                model="gemini-3-pro-image", contents=f"Item {number}.", config=config
            )
            (folder / f"{number}.jpg").write_bytes(answer.candidates[0].content.parts[0].inline_data.data)
    await asyncio.gather(*(one(number) for number in range(assets)))

asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], pathlib.Path(sys.argv[4])))
"""


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one process took."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, nargs="+", default=[200])
    parser.add_argument("--jobs", type=int, default=50)
    parser.add_argument("--latency", type=float, default=2.0)
    parser.add_argument("--megabytes", type=float, nargs="+", default=[1.0, 15.0])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--no-peer", action="store_true", help="the build alone")
    args = parser.parse_args()
    fast = "with" if importlib.util.find_spec("pybase64") else "without"
    print(f"{args.jobs} calls in flight, {args.latency:g} s a call, medians of {args.rounds}; {fast} pybase64")
    clients = {"pipeline build": build} if args.no_peer else {"pipeline build": build, "google-genai": peer}
    for assets in args.assets:
        best_s = -(-assets // args.jobs) * args.latency
        empty: dict[str, float] = {}
        for megabytes in [0.0, *args.megabytes]:
            print(f"{assets} pictures of {megabytes or 0.01:g} MB, at best {best_s:g} s")
            runs = measured(clients, megabytes, assets, args.jobs, args.latency, args.rounds)
            for name, taken in runs.items():
                peak_mb = statistics.median(run.peak_mb for run in taken)
                empty.setdefault(name, peak_mb)
                tell(name, taken, best_s, peak_mb, empty[name], args.jobs)


def tell(name: str, taken: list[Run], best_s: float, peak_mb: float, empty_mb: float, jobs: int) -> None:
    wall_s = statistics.median(run.wall_s for run in taken)
    cpu_s = statistics.median(run.cpu_s for run in taken)
    print(f"  {name:15} {wall_s:6.2f} s  {wall_s / best_s:5.2f} x the best   {cpu_s:6.2f} s of CPU   ", end="")
    print(f"peak {peak_mb:5.0f} MB, a call in flight {peak_mb / jobs:5.1f}", end="")
    print(f" ({(peak_mb - empty_mb) / jobs:.1f} more than with empty pictures)")


def measured(clients, megabytes: float, assets: int, jobs: int, latency_s: float, rounds: int) -> dict[str, list[Run]]:  # type: ignore[no-untyped-def]
    """Of each client so many runs, in turn."""
    found: dict[str, list[Run]] = {name: [] for name in clients}
    with served(megabytes, latency_s) as url:
        environ = {
            **os.environ,
            "GOOGLE_GEMINI_BASE_URL": url,
            "GEMINI_API_KEY": "loopback-key",
            "NO_PROXY": "127.0.0.1",
        }
        environ["no_proxy"] = environ["NO_PROXY"]
        for _ in range(rounds):
            for name, client in clients.items():
                with tempfile.TemporaryDirectory() as folder:
                    command = client(Path(folder), assets, jobs, image_size_of(round(megabytes * 1e6)))
                    found[name].append(run(command, environ))
    return found


@contextmanager
def served(megabytes: float, latency_s: float) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, HERE / "picture_server.py", f"--megabytes={megabytes}", f"--latency={latency_s}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


def build(project: Path, assets: int, jobs: int, size: str) -> list[str]:
    """The command that builds a project of so many assets."""
    (project / "specs").mkdir()
    (project / "specs" / "items.yaml").write_text(
        f"defaults: {{model: {MODEL}, image_size: {size}}}\n"
        f"assets:\n  'item-{{{{ n }}}}':\n    for_each: {{n: {list(range(assets))}}}\n    prompt: Item {{{{ n }}}}.\n"
    )
    return [
        *(sys.executable, "-m", "pipeline", "-C", str(project), "-q"),
        *("build", "-j", str(jobs), "--max-cost", str(assets), "--yes"),
    ]


def peer(folder: Path, assets: int, jobs: int, size: str) -> list[str]:
    return [sys.executable, "-c", PEER, str(assets), str(jobs), size, str(folder)]


def run(command: list[str], environ: dict[str, str]) -> Run:
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environ)
    _, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} failed")
    peak_mb = usage.ru_maxrss / (1e3 if sys.platform == "linux" else 1e6)
    return Run(wall_s=wall_s, cpu_s=usage.ru_utime + usage.ru_stime, peak_mb=peak_mb)


if __name__ == "__main__":
    main()
