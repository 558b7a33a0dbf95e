"""The cache at the edge is filled again, with more processor for pictures meanwhile."""

from collections.abc import Iterable

import pytest

from lab.live.baseline.caches import cache_differences
from lab.live.baseline.values import (
    Difference,
    Object,
    ProcessSeen,
    Send,
)
from tests.unit.baseline.kit import pod_of, workload_of


def _edge_and_pictures(cpu: str, *edges: Object) -> list[Object]:
    pictures = pod_of("image-1", [], "image-service")
    pictures["spec"]["containers"][0]["resources"] = {"limits": {"cpu": cpu}}
    return [pictures, *edges]


PICTURES_DECLARED = {"x": workload_of("Deployment", "image-service")}
PICTURES_DECLARED["x"]["spec"]["template"]["spec"]["containers"][0]["resources"] = {"limits": {"cpu": "300m"}}


@pytest.mark.parametrize(
    ("cpu", "entries", "sent"),
    [
        ("300m", 99.0, []),
        ("2", 99.0, ["300m"]),
        ("2", None, ["300m"]),
        ("300m", 7.0, ["2", "warm"]),
        ("2", 7.0, ["warm"]),
    ],
)
def test_pictures_are_drawn_faster_while_the_edge_is_cold(cpu: str, entries: float | None, sent: list[str]) -> None:
    pods = _edge_and_pictures(cpu, pod_of("edge-1", [], "cdn-edge"))
    process = None if entries is None else ProcessSeen(gauges={"cache_entries": entries})
    assert _shares_sent(cache_differences(pods, PICTURES_DECLARED, {"edge-1": process})) == sent


def test_an_edge_that_is_not_there_yet_is_cold() -> None:
    assert _shares_sent(cache_differences(_edge_and_pictures("300m"), PICTURES_DECLARED, {})) == ["2"]


def _shares_sent(found: Iterable[Difference]) -> list[str]:
    acts = [act for difference in found for act in difference.acts if isinstance(act, Send)]
    limits = [act.body["spec"]["containers"][0]["resources"]["limits"]["cpu"] if act.body else "warm" for act in acts]
    return [str(limit) for limit in limits]
