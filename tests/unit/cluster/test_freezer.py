from pathlib import Path

from lab.cluster.freezer import thaw


def test_only_what_is_frozen_below_the_named_containers_is_freed(tmp_path: Path) -> None:
    states = {
        "docker/ours/kubelet/pod": "FROZEN\n",
        "docker/ours/kubelet/other": "THAWED\n",
        "docker/theirs/pod": "FROZEN\n",
    }
    for place, state in states.items():
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "freezer.state").write_text(state)
    assert thaw(["ours"], tmp_path) == 1
    assert (tmp_path / "docker/ours/kubelet/pod/freezer.state").read_text() == "THAWED"
    assert (tmp_path / "docker/theirs/pod/freezer.state").read_text() == "FROZEN\n"


def test_a_group_that_may_not_be_read_or_has_gone_frees_nothing_and_fails_nothing(tmp_path: Path) -> None:
    (tmp_path / "ours" / "freezer.state").mkdir(parents=True)
    assert thaw(["ours"], tmp_path) == 0


def test_without_such_groups_there_is_nothing_to_free(tmp_path: Path) -> None:
    assert thaw(["ours"], tmp_path / "nowhere") == 0
