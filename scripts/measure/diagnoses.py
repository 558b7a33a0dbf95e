"""Times diagnoses and resets over HTTP: `python scripts/measure/diagnoses.py [--url ...] [--rounds 3] [ID ...]`.

Each incident is reset and its services are looked at, once a round, for as many steps as there are.
Needs `lab serve`.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterable, Sequence

import httpx

PATIENCE = 180.0


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("ids", nargs="*")
    asked.add_argument("--url", default="http://127.0.0.1:7860")
    asked.add_argument("--rounds", type=int, default=3)
    given = asked.parse_args()
    resets: list[float] = []
    looks: list[float] = []
    with httpx.Client(base_url=given.url, timeout=PATIENCE) as client:
        for scenario_id in (given.ids or known(client)) * given.rounds:
            resets.append(reset(client, scenario_id))
            looks += diagnoses(client)
            print(f"{scenario_id}: reset {resets[-1]:.1f} s", flush=True)
    print(summary("reset to the first observation", resets, "s"))
    print(summary("diagnosis", [1000 * look for look in looks], "ms"))


def known(client: httpx.Client) -> list[str]:
    tasks = client.get("/tasks").raise_for_status().json()["tasks"]
    return [scenario_id for task in tasks for scenario_id in task["scenarios"]]


def reset(client: httpx.Client, scenario_id: str) -> float:
    started = time.monotonic()
    client.post("/reset", params={"scenario_id": scenario_id}).raise_for_status()
    return time.monotonic() - started


def diagnoses(client: httpx.Client) -> Iterable[float]:
    """As many as the episode has steps for."""
    state = client.get("/state").raise_for_status().json()
    kinds = [kind for kind in state["available_actions"] if kind.startswith(("query_", "check_"))]
    moves = [(kind, service) for service in state["known_services"] for kind in kinds]
    for kind, service in moves[: state["max_steps"] - 1]:
        started = time.monotonic()
        answer = client.post("/step", json={"action_type": kind, "parameters": {"service": service}})
        yield time.monotonic() - started
        assert answer.raise_for_status().json()["observation"]["last_action_error"] is None, json.dumps(answer.json())


def summary(what: str, values: Sequence[float], unit: str) -> str:
    ordered = sorted(values)
    p95 = ordered[round(0.95 * (len(ordered) - 1))]
    return f"{what}: median {statistics.median(ordered):.1f} {unit}, p95 {p95:.1f} {unit}, of {len(ordered)}"


if __name__ == "__main__":
    main()
