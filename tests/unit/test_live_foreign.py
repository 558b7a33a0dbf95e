"""A kubeconfig that leads elsewhere: each command that works on the cluster refuses it before it says a word to it."""

import base64
import socket
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lab.cli.main import app
from lab.cluster import kind, lock
from lab.errors import Missing
from lab.live.baseline import own

NOTHING = base64.b64encode(b"-").decode()
OURS = [
    {
        "Name": "/incident-lab-control-plane",
        "Mounts": [{"Destination": "/etc/incident-lab"}],
        "NetworkSettings": {"Ports": {"6443/tcp": [{"HostPort": "7000"}]}},
    }
]


def leads_to(server: str) -> str:
    context, cluster, user = {"cluster": "c", "user": "u"}, {"server": server}, {"client-key-data": NOTHING}
    cluster["certificate-authority-data"] = user["client-certificate-data"] = NOTHING
    return yaml.safe_dump(
        {
            "current-context": "kind-incident-lab",
            "contexts": [{"name": "kind-incident-lab", "context": context}],
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": user}],
        }
    )


def nobody(*_: object, **__: object) -> None:
    raise AssertionError("something was said to it")


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(leads_to("https://127.0.0.1:1"))
    monkeypatch.setattr(own, "kubeconfig", lambda: tmp_path / "config")
    monkeypatch.setattr(kind, "nodes", lambda: OURS)
    monkeypatch.setattr(lock, "cache_dir", lambda: tmp_path)
    monkeypatch.setattr(socket, "create_connection", nobody)
    monkeypatch.setattr(socket.socket, "connect", nobody)


@pytest.mark.parametrize("words", [["inject", "RCA-001"], ["heal"], ["check", "RCA-001"]], ids=" ".join)
def test_it_is_refused_and_nothing_is_said_to_it(words: list[str]) -> None:
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, Missing), refused
    assert "https://127.0.0.1:1" in str(refused)
    assert "nothing was touched" in str(refused)
    assert refused.exit_code == 3
