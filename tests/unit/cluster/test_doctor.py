"""Each trouble that a machine may have gets one sentence that says what to do, and ends `lab up` with code 3."""

import ctypes
import os
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from lab.cluster import doctor, engine
from lab.cluster.process import CommandFailed
from lab.errors import Missing
from tests.unit.cluster.fake_engine import FakeEngine

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def _healthy_machine(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "INOTIFY_INSTANCES", 0)
    monkeypatch.setattr(doctor, "_available_memory", lambda: 16 * doctor.GIB)
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(0, 0, 100 * doctor.GIB))
    monkeypatch.setattr(doctor.node_image, "is_at_hand", lambda: True)


def test_a_healthy_machine_passes(fake_engine: FakeEngine) -> None:
    doctor.require_healthy()


def test_too_little_memory_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_available_memory", lambda: 1 * doctor.GIB)
    with pytest.raises(Missing, match=r"1\.0 GiB of memory are free\. The lab needs 4 GiB"):
        doctor.require_healthy()


def test_a_cluster_that_is_up_already_has_its_memory(fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_engine.add_node("node-0")
    monkeypatch.setattr(doctor, "_available_memory", lambda: 1 * doctor.GIB)
    doctor.require_healthy()


@pytest.mark.parametrize(("at_hand", "free", "passes"), [(True, 10, True), (False, 10, False), (True, 5, False)])
def test_disk_is_asked_for_by_what_is_still_to_be_made(
    monkeypatch: pytest.MonkeyPatch, at_hand: bool, free: int, passes: bool
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(0, 0, free * doctor.GIB))
    monkeypatch.setattr(doctor.node_image, "is_at_hand", lambda: at_hand)
    if passes:
        doctor.require_healthy()
    else:
        with pytest.raises(Missing, match="GiB of disk are free"):
            doctor.require_healthy()


def test_low_inotify_limits_name_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "INOTIFY_INSTANCES", 10**9)
    with pytest.raises(Missing, match=r"sysctl fs\.inotify\.max_user_instances"):
        doctor.require_healthy()


def test_instances_in_use_count_against_the_limit() -> None:
    """Other programs open and close theirs beside it; in one try of many nobody does."""
    assert any(_one_more_counts() for _ in range(20))


def _one_more_counts() -> bool:
    before = doctor._inotify_instances_used()
    made = ctypes.CDLL(None).inotify_init()
    try:
        return doctor._inotify_instances_used() == before + 1
    finally:
        os.close(made)


def test_a_clock_in_the_past_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    with pytest.raises(Missing, match="clock"):
        doctor.require_healthy()


def found(about: str) -> doctor.Finding:
    (one,) = [finding for finding in doctor.findings() if finding.about == about]
    return one


def test_a_port_in_use_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(doctor, "PORT", taken.getsockname()[1])
        assert (found("port").verdict, "`--port`" in found("port").do) == ("poor", True)
    assert found("port").verdict == "good"


def test_a_kind_that_is_too_old_is_not_called_good_for_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda program: f"/usr/bin/{program}")
    monkeypatch.setattr(doctor.kind, "run", lambda *_: "kind v0.27.0 go1.24 linux/amd64")
    assert "compiles its own" in found("kind").says


def test_a_check_that_fails_is_a_finding_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks() -> str:
        raise CommandFailed(["kind", "version"], 1, "segmentation fault")

    monkeypatch.setattr(doctor.kind, "installed", breaks)
    assert (found("kind").verdict, "segmentation fault" in found("kind").says) == ("bad", True)
    assert found("cluster").verdict == "good"


def test_a_strangers_cluster_is_named(fake_engine: FakeEngine) -> None:
    fake_engine.add_node("theirs", mark="/var")
    with pytest.raises(Missing, match="did not make"):
        doctor.require_healthy()


def test_a_registry_that_hangs_means_building(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def hang(argv: list[str], *, timeout: float) -> bool:
        assert timeout <= 10
        return False

    monkeypatch.setattr(engine, "succeeds", hang)
    assert not engine.registry_answers()
