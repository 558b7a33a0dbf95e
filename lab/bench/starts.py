"""How quickly it starts: `import lab`, and `lab serve` to the first answered reset."""

import json
import subprocess
import sys
from statistics import median

from lab.bench.figures import Figure
from lab.bench.processes import lab_server

ROUNDS, WANTED_MILLISECONDS, WANTED_SECONDS = 5, 300.0, 2.0
HEAVY = ("kubernetes", "docker", "gradio", "pandas")
_IMPORT = f"""
import json, sys, time
since = time.perf_counter()
import lab
print(json.dumps([time.perf_counter() - since, [name for name in {HEAVY} if name in sys.modules]]))
"""


def figures() -> list[Figure]:
    imports = [_imported() for _ in range(ROUNDS)]
    seconds = [_served() for _ in range(ROUNDS)]
    heavy = sorted({name for _, names in imports for name in names})
    return [
        Figure("import lab", 1000 * median(took for took, _ in imports), "ms", WANTED_MILLISECONDS, at_most=True,
               beside=f"median of {ROUNDS}"),
        Figure("heavy packages that it loads", len(heavy), "", 0, at_most=True, beside=f"of {', '.join(HEAVY)}"),
        Figure("lab serve to the first answered reset", median(seconds), "s", WANTED_SECONDS, at_most=True,
               beside=f"median of {ROUNDS}; the slowest {max(seconds):.2f} s"),
    ]  # fmt: skip


def _imported() -> tuple[float, list[str]]:
    done = subprocess.run([sys.executable, "-c", _IMPORT], capture_output=True, check=True, text=True)
    took, heavy = json.loads(done.stdout)
    return took, heavy


def _served() -> float:
    with lab_server() as served:
        return served.seconds
