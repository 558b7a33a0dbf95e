"""A real `lab serve` on the live world, as a client of the original environment would meet it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from lab.cluster.wait import NotYet, wait_until
from lab.scenarios import Scenario

# A live reset heals, breaks and waits for the alert.
PATIENCE = 180.0


class Server:
    """On a port of its own; only this very process is ever ended."""

    def __init__(self, world: str, *, says: int | None = None, **settings: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        argv = [sys.executable, "-m", "uvicorn", "lab.server.app:app", "--host", "127.0.0.1", "--port", str(port)]
        env = {**os.environ, **settings, "LAB_WORLD": world}
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(argv, env=env, stdout=says, stderr=says)

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def wait_for_it(self, patience: float) -> None:
        wait_until(self._must_answer, patience, what="the server")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self.lives:
            self._process.terminate()
        self._process.wait(timeout=PATIENCE)

    def _must_answer(self) -> None:
        try:
            httpx.get(f"{self.url}/health").raise_for_status()
        except httpx.HTTPError as error:
            raise NotYet(str(error) or "no answer") from error


@contextmanager
def serving(world: str) -> Iterator[str]:
    server = Server(world)
    try:
        server.wait_for_it(30)
        yield server.url
    finally:
        server.stop()


class Client:
    """Sends what the original's baseline script sends, and nothing else."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=PATIENCE)

    def close(self) -> None:
        self._http.close()

    def reset(self, scenario: Scenario) -> dict[str, Any]:
        index = int(scenario.id[-1]) - 1
        return self._answer(self._http.post("/reset", params={"task_id": scenario.task.id, "scenario_index": index}))

    def step(self, action: dict[str, Any]) -> dict[str, Any]:
        return self._answer(self._http.post("/step", json=action))

    def grade(self) -> dict[str, Any]:
        return self._answer(self._http.get("/grader"))

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        """Whatever comes back, an error too."""
        return self._http.request(method, path, **given)

    @staticmethod
    def _answer(response: httpx.Response) -> dict[str, Any]:
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        return found
