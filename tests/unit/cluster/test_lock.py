from pathlib import Path

import pytest

from lab.cluster.lock import Hold


def test_a_hold_is_gone_with_who_had_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_CACHE", str(tmp_path))
    first = Hold()
    first.take()
    first.take()
    first.give_back()
    second = Hold()
    second.take()
    assert (first.held, second.held) == (False, True)
    second.give_back()
