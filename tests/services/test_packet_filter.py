"""The packet filter for real: two zones' pods in network namespaces, and a node that forwards between them."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from microservices.network_infra.packet_filter import Argv, PacketFilter, run_iptables
from microservices.network_infra.routes import Drop

HERE, NODE, THERE = f"here-{os.getpid()}", f"node-{os.getpid()}", f"there-{os.getpid()}"
ROUTE = Drop("10.211.2.0/24", "10.211.1.0/24")  # from here's pods to there's

# In one namespace: connects, or answers each line that it gets with the same line.
ECHO = """
import socket, sys
server = socket.create_server((sys.argv[1], 7000))
print("listening", flush=True)
while True:
    connection, _ = server.accept()
    with connection, connection.makefile("rwb", buffering=0) as lines:
        for line in lines:
            lines.write(line)
"""
SAY = """
import socket, sys
connection = socket.create_connection((sys.argv[1], 7000), timeout=1)
connection.settimeout(1)
for line in sys.stdin.buffer:
    try:
        connection.sendall(line)
        print("heard" if connection.recv(100) else "closed", flush=True)
    except TimeoutError:
        print("silence", flush=True)
"""


pytestmark = pytest.mark.services


@pytest.fixture(scope="module", autouse=True)
def possible() -> None:
    """Who asks for these tests wants them run: where they cannot be, they fail and say what they need."""
    if os.geteuid() or not (shutil.which("ip") and shutil.which("iptables")):
        pytest.fail("The packet filter takes root, ip and iptables: apt-get install iproute2 iptables.", pytrace=False)
    made = subprocess.run(["ip", "netns", "add", NODE], capture_output=True, text=True, check=False)
    subprocess.run(["ip", "netns", "del", NODE], capture_output=True, check=False)
    if made.returncode:
        pytest.fail(f"No network namespace can be made on this machine: {made.stderr.strip()}", pytrace=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


def _inside(namespace: str, *words: str) -> list[str]:
    return ["ip", "netns", "exec", namespace, *words]


def _join(pods: str, end: str, prefix: str) -> None:
    """Pods at .2 behind the node at .1, over a pair of virtual cables."""
    _ip("link", "add", f"{end}p", "netns", pods, "type", "veth", "peer", "name", f"{end}n", "netns", NODE)
    for namespace, device, host in ((pods, f"{end}p", 2), (NODE, f"{end}n", 1)):
        _ip("-n", namespace, "addr", "add", f"{prefix}.{host}/24", "dev", device)
        _ip("-n", namespace, "link", "set", device, "up")
    _ip("-n", pods, "route", "add", "default", "via", f"{prefix}.1")


@pytest.fixture
def network() -> Iterator[None]:
    try:
        for namespace in (HERE, NODE, THERE):
            _ip("netns", "add", namespace)
        _join(HERE, "h", "10.211.2")
        _join(THERE, "t", "10.211.1")
        subprocess.run(_inside(NODE, "sysctl", "-qw", "net.ipv4.ip_forward=1"), check=True)
        yield
    finally:
        for namespace in (HERE, NODE, THERE):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)


class Talk:
    """A connection kept open between two namespaces."""

    def __init__(self, source: str, target: str, address: str) -> None:
        self._server = _python(target, ECHO, address)
        assert self._server.stdout is not None
        assert self._server.stdout.readline() == "listening\n"
        self._client = _python(source, SAY, address)

    def ask(self) -> str:
        assert self._client.stdin is not None
        assert self._client.stdout is not None
        self._client.stdin.write("hello\n")
        self._client.stdin.flush()
        return self._client.stdout.readline().strip()

    def close(self) -> None:
        for process in (self._client, self._server):
            process.kill()
            process.communicate()


def _python(namespace: str, program: str, *words: str) -> "subprocess.Popen[str]":
    argv = _inside(namespace, sys.executable, "-c", program, *words)
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


async def _on_the_node(argv: Argv) -> str:
    return await run_iptables(_inside(NODE, *argv))


def _ensure(*drops: Drop) -> int:
    return asyncio.run(PacketFilter(run=_on_the_node).ensure(drops))


def _forward_rules() -> list[str]:
    listing = subprocess.run(_inside(NODE, "iptables", "-S", "FORWARD"), capture_output=True, text=True, check=True)
    return [line for line in listing.stdout.splitlines() if line.startswith("-A")]


@pytest.mark.usefixtures("network")
def test_a_drop_stops_a_kept_connection_at_once_and_heals_at_once() -> None:
    with closing(Talk(HERE, THERE, "10.211.1.2")) as talk:
        assert talk.ask() == "heard"
        _ensure(ROUTE)
        assert talk.ask() == "silence"
        _ensure()
        assert talk.ask() == "heard"


@pytest.mark.usefixtures("network")
def test_what_the_other_side_starts_still_gets_its_answers() -> None:
    _ensure(ROUTE)
    with closing(Talk(THERE, HERE, "10.211.2.2")) as talk:
        assert talk.ask() == "heard"


@pytest.mark.usefixtures("network")
def test_a_second_look_changes_nothing() -> None:
    assert _ensure(ROUTE) == 3  # chain, rule, jump
    assert _ensure(ROUTE) == 0
    assert _ensure() == 1
    assert _ensure() == 0


@pytest.mark.usefixtures("network")
def test_the_jump_is_put_first_again_when_somebody_pushed_in_before_it() -> None:
    _ensure(ROUTE)
    accept = ["iptables", "-I", "FORWARD", "1", "-m", "conntrack", "--ctstate", "ESTABLISHED", "-j", "ACCEPT"]
    subprocess.run(_inside(NODE, *accept), check=True)
    assert _ensure(ROUTE) == 2
    assert _forward_rules()[0] == "-A FORWARD -j NETINFRA-ROUTES"
    assert len(_forward_rules()) == 2


@pytest.mark.usefixtures("network")
def test_a_chain_that_somebody_emptied_is_filled_again() -> None:
    _ensure(ROUTE)
    subprocess.run(_inside(NODE, "iptables", "-F", "NETINFRA-ROUTES"), check=True)
    assert _ensure(ROUTE) == 1
