"""Measures the empty cluster: `python scripts/measure/cluster.py [--cycles 10] [--kills 5] [--idle 60]`.

Prints one line a figure. Works on the cluster that LAB_CLUSTER names, and removes it before and after.
"""

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import time

from lab.cluster.engine import NODE_LABEL, docker, ids_of
from lab.cluster.paths import CLUSTER

LAB = [sys.executable, "-m", "lab"]


def timed(*words: str) -> float:
    start = time.monotonic()
    subprocess.run([*LAB, *words], check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - start


def leftovers() -> list[str]:
    """Containers, volumes and networks of the lab, and processes that name its cluster."""
    processes = subprocess.run(["pgrep", "--full", f"name {CLUSTER}( |$)"], capture_output=True, text=True, check=False)
    volumes = docker("volume", "ls", "--quiet", "--filter", f"label=io.x-k8s.kind.cluster={CLUSTER}")
    others = docker("ps", "--all", "--quiet", "--filter", f"label={NODE_LABEL}")
    networks = [] if others else docker("network", "ls", "--quiet", "--filter", "name=^kind$").split()
    return ids_of(CLUSTER) + volumes.split() + networks + processes.stdout.split()


def cycles(count: int) -> None:
    ups, downs, dirty = [], [], 0
    for number in range(count):
        ups.append(timed("up", "--bare"))
        downs.append(timed("down"))
        dirty += bool(leftovers())
        print(f"cycle {number + 1}: up {ups[-1]:.1f} s, down {downs[-1]:.1f} s, left over: {leftovers()}", flush=True)
    for what, times in (("up", ups), ("down", downs)):
        print(f"{count} times {what}: median {statistics.median(times):.1f} s, max {max(times):.1f} s")
    print(f"{dirty} runs left something behind")


def kills(count: int, usual: float) -> None:
    """Kill `lab up` at moments spread over its usual time, then expect the next one to succeed."""
    for number in range(count):
        moment = usual * (number + random.uniform(0.2, 0.8)) / count
        process = subprocess.Popen([*LAB, "up", "--bare"], stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=moment)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        after = timed("up", "--bare")
        print(f"killed after {moment:.1f} s; the next `lab up` took {after:.1f} s and succeeded", flush=True)
        timed("down")


def idle(seconds: float) -> None:
    timed("up", "--bare")
    time.sleep(20)  # a settled cluster is what is measured, so this is a time and no condition
    before, start = processor_seconds(), time.monotonic()
    time.sleep(seconds)
    used = (processor_seconds() - before) / (time.monotonic() - start)
    print(f"idle: {memory_mib():.0f} MiB, {used:.3f} of a core over {seconds:.0f} s")
    timed("down")


def processor_seconds() -> float:
    return sum(stats(node)["cpu_stats"]["cpu_usage"]["total_usage"] for node in ids_of(CLUSTER)) / 1e9


def memory_mib() -> float:
    found = [stats(node)["memory_stats"] for node in ids_of(CLUSTER)]
    return sum(memory["usage"] - reclaimable(memory["stats"]) for memory in found) / 2**20


def reclaimable(stats: dict[str, int]) -> int:
    """Page cache that the kernel gives back when asked, as `docker stats` leaves it out too."""
    return stats.get("total_inactive_file", stats.get("inactive_file", 0))


def stats(node: str) -> dict:
    socket = os.environ.get("DOCKER_SOCKET", "/var/run/docker.sock")
    url = f"http://engine/containers/{node}/stats?stream=false&one-shot=true"
    return json.loads(subprocess.check_output(["curl", "--silent", "--unix-socket", socket, url]))


def main() -> None:
    wanted = argparse.ArgumentParser()
    for name, default in (("cycles", 10), ("kills", 5), ("idle", 60)):
        wanted.add_argument(f"--{name}", type=int, default=default)
    chosen = wanted.parse_args()
    timed("down")
    if chosen.cycles:
        cycles(chosen.cycles)
    if chosen.kills:
        kills(chosen.kills, usual=40)
    if chosen.idle:
        idle(chosen.idle)


if __name__ == "__main__":
    main()
