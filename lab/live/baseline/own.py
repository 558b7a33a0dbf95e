"""Whose cluster is it? Nothing is touched until the kubeconfig is proven to lead to the lab's own kind cluster."""

import base64
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from lab.cluster import kind
from lab.cluster.paths import CONTEXT, kubeconfig
from lab.errors import ClusterGone, Missing

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One context of a kubeconfig, with its cluster and its user."""

    context: str
    server: str
    authority: bytes
    certificate: bytes
    key: bytes = field(repr=False)


def own_entry(path: Path | None = None) -> Entry:
    """The lab's kubeconfig, after asking the engine whether the address in it is that of the lab's own nodes."""
    entry = read_entry(path or kubeconfig())
    refuse_foreign(entry, kind.nodes())
    return entry


def refuse_foreign(entry: Entry, nodes: list[dict[str, Any]]) -> None:
    if not nodes:
        raise ClusterGone("The lab's cluster is not there; bring it up with `lab up`.")
    kind.refuse_strangers(nodes)
    address = urlsplit(entry.server)
    if entry.context != CONTEXT or address.hostname not in LOOPBACK or address.port not in kind.api_ports(nodes):
        raise Missing(
            f"The kubeconfig leads to {entry.server} (context {entry.context}), which is not the lab's own kind "
            f"cluster; nothing was touched. `lab up` writes the right one."
        )


def read_entry(path: Path) -> Entry:
    try:
        return _entry(yaml.safe_load(path.read_text()))
    except FileNotFoundError as error:
        raise Missing("The lab has no kubeconfig yet; bring the cluster up with `lab up`.") from error
    except (yaml.YAMLError, LookupError, TypeError, StopIteration, ValueError) as error:
        raise Missing(
            f"{path.name} is no kubeconfig of the lab's own cluster; `lab up` writes the right one."
        ) from error


def _entry(config: dict[str, Any]) -> Entry:
    context = _named(config["contexts"], config["current-context"])["context"]
    cluster = _named(config["clusters"], context["cluster"])["cluster"]
    user = _named(config["users"], context["user"])["user"]
    secrets = (cluster["certificate-authority-data"], user["client-certificate-data"], user["client-key-data"])
    return Entry(config["current-context"], cluster["server"], *(base64.b64decode(text) for text in secrets))


def _named(entries: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(entry for entry in entries if entry["name"] == name)


def trust(entry: Entry) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=entry.authority.decode())
    with tempfile.NamedTemporaryFile() as pair:
        pair.write(entry.certificate + b"\n" + entry.key)
        pair.flush()
        context.load_cert_chain(pair.name)
    return context
