"""An engine in memory: answers what the lab asks it, and the command lines that the lab sends; those it remembers."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker.errors import DockerException, ImageNotFound, NotFound

from lab.cluster.engine import EngineFailed
from lab.cluster.process import CommandFailed


@dataclass
class FakeEngine:
    kubeconfig: Path
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: set[str] = field(default_factory=lambda: {"bridge"})
    registry: bool = False
    dies_while_creating: bool = False
    clings_to: str = ""
    """A container that the engine fails to end at the first try."""
    said: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, argv: Sequence[str | Path], **_: Any) -> str:
        words = tuple(str(word) for word in argv)
        self.said.append(words)
        if words[0].endswith("kind"):
            return self._create(words)
        answers: dict[str, Callable[[tuple[str, ...]], str]] = {
            "manifest": self._manifest,
            "rm": self._remove,
            "exec": lambda words: self.containers[words[2]]["flags"],
        }
        return answers[words[1]](words)

    def asked(self, *start: str) -> bool:
        return any(words[: len(start)] == start for words in self.said)

    def add_node(self, name: str, *, mark: str = "/etc/incident-lab", running: bool = True) -> None:
        ports = {"6443/tcp": [{"HostPort": "40001"}]} if not self.containers else {}
        address = f"172.18.0.{len(self.containers) + 2}"
        self.containers[name] = {
            "Id": name,
            "Name": f"/{name}",
            "Mounts": [{"Destination": mark}],
            "State": {"Running": running, "StartedAt": "2026-11-26T17:42:46.891416718Z"},
            "NetworkSettings": {"Ports": ports, "Networks": {"kind": {"IPAddress": address}}},
            "flags": f'KUBELET_KUBEADM_ARGS="--node-ip={address} --provider-id=kind"',
        }
        self.networks.add("kind")

    def start_again(self, *names: str) -> None:
        """As an engine does after the machine was off: the nodes take their addresses in the order they come."""
        for number, name in enumerate(names):
            node = self.containers[name]
            node["State"]["StartedAt"] = "2999-01-01T00:00:00.000000000Z"
            node["NetworkSettings"]["Networks"]["kind"]["IPAddress"] = f"172.18.0.{number + 2}"

    def _create(self, words: tuple[str, ...]) -> str:
        for number in range(2 if self.dies_while_creating else 4):
            self.add_node(f"node-{number}")
        if self.dies_while_creating:
            raise CommandFailed(words, 1, "killed")
        self.kubeconfig.write_text("server: https://127.0.0.1:40001")
        return ""

    def _manifest(self, words: tuple[str, ...]) -> str:
        if not self.registry:
            raise CommandFailed(words, 1, "no such host")
        return "{}"

    def _remove(self, words: tuple[str, ...]) -> str:
        for name in words[4:]:
            if name == self.clings_to:
                self.clings_to = ""
                raise CommandFailed(words, 1, "tried to kill container, but did not receive an exit event")
            del self.containers[name]
        return ""

    @contextmanager
    def client(self, _patience: int = 0) -> Iterator["FakeClient"]:
        try:
            yield FakeClient(self)
        except DockerException as error:
            raise EngineFailed(str(error)) from error


class FakeClient:
    """As much of the engine's own API as the lab asks for."""

    def __init__(self, of: FakeEngine) -> None:
        self._of = of
        self.api = self.images = self.networks = self

    def ping(self) -> bool:
        return True

    def info(self) -> dict[str, str]:
        return {"ServerVersion": "28.0", "CgroupVersion": "2"}

    def containers(self, **_: Any) -> list[dict[str, Any]]:
        return list(self._of.containers.values())

    def inspect_container(self, name: str) -> dict[str, Any]:
        return self._of.containers[name]

    def get(self, name: str) -> "FakeNetwork":
        if name in self._of.networks:
            return FakeNetwork(self._of, name)
        raise (ImageNotFound if ":" in name else NotFound)(f"no such thing: {name}")


class FakeNetwork:
    def __init__(self, of: FakeEngine, name: str) -> None:
        self._of, self._name = of, name

    def remove(self) -> None:
        self._of.networks.discard(self._name)
