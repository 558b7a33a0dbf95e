from pathlib import Path

import pytest

from lab.cluster import engine, kind, process
from tests.unit.cluster.fake_engine import FakeEngine


@pytest.fixture
def fake_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    fake = FakeEngine(kubeconfig=tmp_path / "incident-lab.kubeconfig")
    for module in (engine, kind, process):
        monkeypatch.setattr(module, "run", fake.run)
    monkeypatch.setattr(engine, "_engine", fake.client)
    monkeypatch.setattr("shutil.which", lambda program: "/usr/bin/docker" if program == "docker" else None)
    monkeypatch.setattr(kind, "kind_program", lambda: "kind")
    engine.registry_answers.cache_clear()
    return fake
