"""The cluster goes away in the middle of an episode: the episode is void, and the server lives on.

Last of all, as there is no cluster afterwards (`make e2e-removal`).
"""

import subprocess
import sys
from contextlib import closing

import pytest

from lab.cluster.process import run
from lab.scenarios import get
from tests.e2e.server import Client, serving

pytestmark = [pytest.mark.removal, pytest.mark.timeout(600)]
LOOK = {"action_type": "check_service_status", "parameters": {"service": "postgres-db"}}


def test_an_episode_on_a_cluster_that_is_gone_is_void_and_the_server_lives_on() -> None:
    with serving("live") as url, closing(Client(url)) as client:
        client.reset(get("RCA-001"))
        client.step(LOOK)
        run([sys.executable, "-m", "lab", "down"], timeout=120)
        failed = client.ask("POST", "/step", json=LOOK)
        assert failed.status_code == 503
        assert failed.json()["detail"].endswith(".")
        grade = client.grade()
        assert (grade["verdict"], grade["total"]) == ("void", None)
        assert client.ask("GET", "/health").json()["status"] == "ok"
        anew = client.ask("POST", "/reset", params={"scenario_id": "RCA-001"})
        assert anew.status_code == 503
        assert "lab up" in anew.json()["detail"]
    assert subprocess.run([sys.executable, "-m", "lab", "status"], capture_output=True, check=False).returncode == 3
