"""Where the lab keeps what it made: one cache folder outside the checkout, one kubeconfig of its own."""

import os
from pathlib import Path

CLUSTER = os.environ.get("LAB_CLUSTER", "incident-lab")
"""Another name is for trying the set-up beside a cluster that is in use."""
CONTEXT = f"kind-{CLUSTER}"
REPOSITORY = Path(__file__).resolve().parents[2]


def cache_dir() -> Path:
    chosen = os.environ.get("LAB_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(chosen) if chosen else Path(base) / "incident-lab"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def kubeconfig() -> Path:
    """The lab's own; a person's ~/.kube/config is never read or written."""
    return cache_dir() / f"{CLUSTER}.kubeconfig"
