"""Healing looks, mends and looks again, and ends only after a look at everything that finds nothing."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from lab.cluster.wait import NotYet
from lab.live.baseline.baseline import _Heal
from lab.live.baseline.declared import Declared
from lab.live.baseline.values import Difference, NodeSeen, Seen
from tests.unit.baseline.kit import DEPLOYMENT, pod_of, with_spec


class Looks:
    """What each look finds, in turn; the last again and again."""

    def __init__(self, *found: Seen) -> None:
        self._found = list(found)
        self.whole = self.again = 0

    def look(self, _declared: object, at_hand: Callable[[Seen], None]) -> Seen:
        self.whole += 1
        found = self._next()
        at_hand(replace(found, nodes={}, database=None))
        return found

    def look_again(self, _before: Seen, _declared: object) -> Seen:
        self.again += 1
        return self._next()

    def _next(self) -> Seen:
        return self._found.pop(0) if len(self._found) > 1 else self._found[0]


class Mender:
    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, found: Sequence[Difference], _seen: Seen) -> None:
        self.asked.append([str(difference) for difference in found])


def healing(declared: Declared, *found: Seen) -> tuple[_Heal, Looks, Mender]:
    looks, mender = Looks(*found), Mender()
    return _Heal(declared, looks, mender), looks, mender  # type: ignore[arg-type]


def test_one_look_is_enough_where_nothing_differs(declared: Declared, healthy: Seen) -> None:
    heal, looks, mender = healing(declared, healthy)
    heal.wait_for_workloads()
    assert heal.found_nothing
    assert (looks.whole, looks.again, mender.asked) == (1, 0, [])


def test_what_differs_is_mended_and_waited_for_by_the_shorter_look(declared: Declared, healthy: Seen) -> None:
    scaled = with_spec(healthy, DEPLOYMENT, replicas=0)
    heal, looks, mender = healing(declared, scaled, scaled, healthy)
    for _ in range(2):
        with pytest.raises(NotYet, match=r"differs in spec\.replicas"):
            heal.wait_for_workloads()
    heal.wait_for_workloads()
    assert (looks.whole, looks.again) == (1, 2)
    assert len(mender.asked) == 2
    assert not heal.found_nothing


def test_the_last_look_is_at_everything_and_finds_what_the_shorter_ones_do_not_see(
    declared: Declared, healthy: Seen
) -> None:
    cut_off = replace(healthy, nodes={"node-1": NodeSeen(("-A FORWARD -d 10.244.0.0/16 -j DROP",), ())})
    heal, looks, mender = healing(declared, healthy, cut_off, healthy)
    heal.wait_for_workloads()
    with pytest.raises(NotYet, match="packet filter"):
        heal.look()
    heal.look()
    assert looks.whole == 3
    assert mender.asked == [["node node-1: has 1 packet filter rules of its own"]]


def test_what_the_api_knows_is_mended_before_programs_have_answered(declared: Declared, healthy: Seen) -> None:
    cut_off = replace(healthy, nodes={"node-1": NodeSeen(("-A FORWARD -d 10.244.0.0/16 -j DROP",), ())})
    heal, _, mender = healing(declared, with_spec(cut_off, DEPLOYMENT, replicas=0), healthy)
    with pytest.raises(NotYet, match="packet filter"):
        heal.wait_for_workloads()
    (at_once, then) = mender.asked
    assert any("differs in spec.replicas" in difference for difference in at_once)
    assert then == ["node node-1: has 1 packet filter rules of its own"]
    assert len(heal.first) == len(at_once) + len(then)


def test_what_was_found_first_is_what_is_told(declared: Declared, healthy: Seen) -> None:
    heal, _, _ = healing(declared, with_spec(healthy, DEPLOYMENT, replicas=0), healthy)
    with pytest.raises(NotYet):
        heal.wait_for_workloads()
    heal.look()
    assert "Deployment auth-service: differs in spec.replicas" in [str(difference) for difference in heal.first]
    assert heal.looks == 2


def test_the_customers_are_read_from_the_load_of_the_last_look(declared: Declared, healthy: Seen) -> None:
    load = pod_of("loadgen-1", [], "loadgen")
    heal, _, _ = healing(declared, replace(healthy, pods=(*healthy.pods, load)))
    assert heal.load == []
    with pytest.raises(NotYet):
        heal.look()
    assert heal.load == [load]
