"""How near a build keeps to a limit a minute: real calls over HTTP to a service that takes so many in any minute.

    python bench/rate.py [--assets N] [--limit N] [--latency SECONDS]

With the defaults (300 pictures, 60 a minute, 2 s each) a client that knows the limit beforehand needs 242 s.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.gemini_answers import picture  # noqa: E402
from tests.gemini_server import GeminiServer  # noqa: E402
from tests.gemini_wire import Reply, Request  # noqa: E402

WINDOW_S = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=int, default=300)
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--latency", type=float, default=2.0)
    args = parser.parse_args()

    def slow(request: Request) -> Reply:
        return replace(picture(request), silence_s=args.latency)

    with tempfile.TemporaryDirectory() as folder, GeminiServer() as server:
        server.answer, server.most_a_window = slow, (args.limit, WINDOW_S)
        specs = Path(folder) / "specs"
        specs.mkdir()
        keys = ", ".join(f"a{number}" for number in range(args.assets))
        spec = f"assets:\n  '{{{{ k }}}}': {{for_each: {{k: [{keys}]}}, prompt: 'A {{{{ k }}}}.'}}\n"
        (specs / "many.yaml").write_text(spec)
        environ = {**os.environ, **server.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "pipeline", "-C", folder, "build", "--max-cost", str(args.assets)]
        began = time.monotonic()
        done = subprocess.run(command, env=environ, check=True, capture_output=True, text=True)
        took_s = time.monotonic() - began
        tell(server, took_s, args.assets, args.limit, args.latency)
        print("\n".join(line for line in done.stderr.splitlines() if line.startswith(("slowed", "retry", "stopped"))))


def tell(server: GeminiServer, took_s: float, assets: int, limit: int, latency_s: float) -> None:
    ideal_s = (assets - 1) // limit * WINDOW_S + latency_s
    refused = [request.time for request in server.throttled]
    again = [time for time in refused if time > refused[0] + 1.0]
    print(f"{assets} pictures at {limit} a minute, {latency_s:g} s each: {took_s:.0f} s, ideal {ideal_s:.0f} s", end="")
    print(f" ({took_s / ideal_s:.2f} times)")
    print(f"429s: {len(refused)}, of these more than a second after the first: {len(again)}", end="")
    print(f" ({100 * len(again) / assets:.1f} %); most in flight: {server.most_in_flight}")


if __name__ == "__main__":
    main()
