"""What each finding holds against what was measured."""

import pytest

from lab.live.findings import Endings, Reached, band_finding, cut_finding, kills_finding, times_finding
from lab.scenarios import Band, CutOff, Kills

KILLS = Kills(service="postgres-db", least=3, seconds=90.0)
CUT = CutOff(into="az-1", out_of=("az-2", "az-3"))
ALL, NONE = Reached(5, 5), Reached(0, 5)


@pytest.mark.parametrize(
    ("values", "ok", "said"),
    [
        ([0.5, 0.6], True, "0.5 to 0.6"),
        ([0.5, 0.91], False, "0.5 to 0.91"),
        ([], False, "nothing measured"),
    ],
)
def test_a_band_holds_for_every_measurement(values: list[float], ok: bool, said: str) -> None:
    finding = band_finding(Band(name="x", query="up", unit="percent", min=0.4, max=0.9), values, 1.0)
    assert (finding.ok, finding.measured) == (ok, said)


@pytest.mark.parametrize(("values", "ok"), [([0.3, 0.6], True), ([0.3, 0.3], False)])
def test_a_band_may_hold_for_the_mean_of_what_is_too_little_by_itself(values: list[float], ok: bool) -> None:
    band = Band(name="x", query="up", unit="percent", min=0.4, max=0.5, judged="mean")
    assert band_finding(band, values, 1.0).ok is ok


@pytest.mark.parametrize(
    ("values", "healthy", "ok"),
    [([0.6, 0.5], 0.1, True), ([0.6, 0.49], 0.1, False), ([0.6], None, False), ([], 0.1, False)],
)
def test_a_figure_is_so_many_times_the_healthy_one_each_time(
    values: list[float], healthy: float | None, ok: bool
) -> None:
    band = Band(name="x", query="up", unit="seconds", min=0.0, max=9.0, times_healthy=5.0)
    assert times_finding(band, 5.0, values, healthy, 1.0).ok is ok


@pytest.mark.parametrize(
    ("seen", "ok"),
    [
        (Endings((10.0, 50.0, 100.0), backs_off=True), True),
        (Endings((10.0, 50.0, 100.0), backs_off=False), False),
        (Endings((10.0, 50.0, 100.1), backs_off=True), False),
        (Endings((9.9, 50.0, 100.0), backs_off=True), False),
        (Endings((10.0, 50.0), backs_off=True), False),
    ],
)
def test_the_kernel_kills_often_enough_in_time_and_then_it_backs_off(seen: Endings, ok: bool) -> None:
    assert kills_finding(KILLS, seen, since=10.0, within=95.0, took=1.0).ok is ok


@pytest.mark.parametrize(
    ("seen", "ok"),
    [
        ({"az-1": ALL, "az-2": NONE, "az-3": NONE}, True),
        ({"az-1": ALL, "az-2": NONE, "az-3": Reached(1, 5)}, False),
        ({"az-1": Reached(4, 5), "az-2": NONE, "az-3": NONE}, False),
        ({"az-1": ALL, "az-2": NONE}, False),
        ({"az-1": Reached(0, 0), "az-2": Reached(0, 0), "az-3": Reached(0, 0)}, False),
    ],
)
def test_a_zone_is_cut_off_from_others_alone(seen: dict[str, Reached], ok: bool) -> None:
    assert cut_finding(CUT, seen, 1.0).ok is ok
