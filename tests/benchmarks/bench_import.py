"""What `import sslcourse` costs beyond torch's own import: at most 0.3 s, and next to nothing of torch's time.

Each number is the median over fresh interpreters, torch alone and torch with the course by turns, so that a machine
that gets slower or faster meanwhile does so for both.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys

from sslcourse import ROOMS

LIMIT_S = 0.3
CODE = """
import importlib, json, sys, time
start = time.perf_counter()
for name in sys.argv[1:]:
    importlib.import_module(name)
print(json.dumps(time.perf_counter() - start))
"""


def seconds(*names: str) -> float:
    """How long a fresh interpreter takes to import `names`, its own start not counted."""
    done = subprocess.run([sys.executable, "-c", CODE, *names], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def measure(rounds: int = 7) -> dict[str, float]:
    """Median seconds of torch alone, and how much more it takes with the course, and with every room of it."""
    rooms = [f"sslcourse.{room}" for room in ROOMS if importlib.util.find_spec(f"sslcourse.{room}")]
    found: dict[str, list[float]] = {"torch": [], "sslcourse": [], "rooms": []}
    seconds("torch", *rooms)  # the first reads the files from the disk
    for _ in range(rounds):
        alone = seconds("torch")
        found["torch"].append(alone)
        found["sslcourse"].append(seconds("torch", "sslcourse") - alone)
        found["rooms"].append(seconds("torch", *rooms) - alone)
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> bool:
    """Print the cost and its ratio to torch's own; whether both stay within the limit."""
    took = measure()
    print(f"{'import':<28}{'seconds':>9}{'of torch':>10}")
    print(f"{'torch alone':<28}{took['torch']:>9.2f}{1:>10.0%}")
    for name, words in (("sslcourse", "sslcourse, beyond that"), ("rooms", "every room, beyond that")):
        print(f"{words:<28}{took[name]:>9.2f}{took[name] / took['torch']:>10.0%}   (at most {LIMIT_S} s)")
    return max(took["sslcourse"], took["rooms"]) <= LIMIT_S


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
