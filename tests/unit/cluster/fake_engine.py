"""An engine in memory: answers the docker and kind command lines that the lab sends, and remembers them."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.cluster.process import CommandFailed


@dataclass
class FakeEngine:
    kubeconfig: Path
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    images: set[str] = field(default_factory=set)
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
            "version": lambda _: "28.0",
            "manifest": self._manifest,
            "image": self._image,
            "ps": lambda _: "\n".join(self.containers),
            "inspect": self._inspect,
            "rm": self._remove,
            "network": self._network,
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

    def _image(self, words: tuple[str, ...]) -> str:
        if words[-1] not in self.images:
            raise CommandFailed(words, 1, "No such image")
        return "[]"

    def _inspect(self, words: tuple[str, ...]) -> str:
        if words[3] == "network":
            return json.dumps([{"Containers": self.containers}])
        return json.dumps([self.containers[name] for name in words[4:]])

    def _remove(self, words: tuple[str, ...]) -> str:
        for name in words[4:]:
            if name == self.clings_to:
                self.clings_to = ""
                raise CommandFailed(words, 1, "tried to kill container, but did not receive an exit event")
            del self.containers[name]
        return ""

    def _network(self, words: tuple[str, ...]) -> str:
        if words[2] == "rm":
            self.networks.discard(words[3])
        return "\n".join(self.networks)
