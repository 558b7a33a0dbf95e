"""Makes and removes real clusters under a name of their own. Two clusters are more than many machines' inotify
limits allow, so these run while no other is up (`make e2e-cluster`)."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address

import pytest

from lab.cluster.engine import containers, docker, ids_of
from lab.cluster.node_image import node_image

NAME = "incident-lab-e2e"
ENVIRONMENT = {**os.environ, "LAB_CLUSTER": NAME}
pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


def lab(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "lab", *words], env=ENVIRONMENT, capture_output=True, text=True)


@pytest.fixture
def no_cluster() -> Iterator[None]:
    assert lab("down").returncode == 0
    yield
    if ids_of(NAME):
        docker("rm", "--force", "--volumes", *ids_of(NAME))


@pytest.mark.usefixtures("no_cluster")
def test_up_and_down_leave_a_cluster_and_then_nothing() -> None:
    volumes_before = set(docker("volume", "ls", "--quiet").split())
    first = lab("up", "--bare")
    assert first.returncode == 0, first.stderr
    assert len(ids_of(NAME)) == 4
    made = ids_of(NAME)

    again = lab("up", "--bare")
    assert again.returncode == 0, again.stderr
    assert ids_of(NAME) == made

    down = lab("down")
    assert down.returncode == 0, down.stderr
    assert ids_of(NAME) == []
    assert set(docker("volume", "ls", "--quiet").split()) <= volumes_before


@pytest.mark.usefixtures("no_cluster")
def test_nodes_that_took_each_others_addresses_are_made_anew() -> None:
    assert lab("up", "--bare").returncode == 0
    made = sorted(ids_of(NAME), key=_address, reverse=True)
    docker("stop", "--time", "5", *made)
    for node in made:
        docker("start", node)
    assert _address(made[0]) < _address(made[-1])

    again = lab("up", "--bare")
    assert again.returncode == 0, again.stderr
    assert not set(ids_of(NAME)).intersection(made)


def _address(node: str) -> IPv4Address:
    (network,) = containers(node)[0]["NetworkSettings"]["Networks"].values()
    return IPv4Address(network["IPAddress"])


@pytest.mark.usefixtures("no_cluster")
def test_a_killed_up_and_two_at_once_end_in_one_clean_cluster() -> None:
    killed = subprocess.Popen(
        [sys.executable, "-m", "lab", "up", "--bare"], env=ENVIRONMENT, stderr=subprocess.PIPE, text=True
    )
    assert killed.stderr
    while "node image" not in (line := killed.stderr.readline()):
        assert line, "lab up ended before it began to make nodes"
    killed.kill()
    killed.wait()
    killed.stderr.close()
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda _: lab("up", "--bare"), range(2)))
    assert [one.returncode for one in both] == [0, 0], both
    assert len(ids_of(NAME)) == 4


@pytest.mark.usefixtures("no_cluster")
def test_a_strangers_cluster_is_refused_and_left_alone() -> None:
    label = f"io.x-k8s.kind.cluster={NAME}"
    stranger = docker("run", "--detach", "--label", label, "--entrypoint", "sleep", node_image(), "600").strip()
    for words in (("up", "--bare"), ("down",)):
        refused = lab(*words)
        assert refused.returncode == 3
        assert "did not make" in refused.stderr
    assert ids_of(NAME) == [stranger]


def test_without_an_engine_one_sentence_says_what_to_do() -> None:
    environment = {**ENVIRONMENT, "DOCKER_HOST": "unix:///nonexistent/docker.sock"}
    refused = subprocess.run(
        [sys.executable, "-m", "lab", "up"], env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 3
    assert "make engine" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_doctor_tells_the_same_to_people_and_to_programs() -> None:
    found = json.loads(lab("doctor", "--json").stdout)
    assert {"engine", "memory", "disk", "inotify", "node image"} <= {finding["about"] for finding in found}
    assert all(finding["verdict"] in ("good", "poor", "bad") for finding in found)
