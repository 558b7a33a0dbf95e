import pytest

from lab.live.homing import question, strayed
from tests.unit.live_fakes import sample


@pytest.mark.parametrize(
    ("rates", "found"),
    [
        ({"az-1": 0.66, "az-2": 0.66, "az-3": 0.66}, []),
        ({"az-1": 0.5, "az-2": 0.83, "az-3": 0.66}, []),
        ({"az-1": 0.0, "az-2": 1.33, "az-3": 0.66}, ["order-service"]),
        ({"az-1": 0.33, "az-2": 1.0, "az-3": 0.66}, ["order-service"]),
        ({"az-1": 0.0, "az-2": 0.0, "az-3": 0.0}, ["order-service"]),
        ({"az-1": 2.0}, []),
    ],
)
def test_a_zone_that_is_asked_too_seldom_shows(rates: dict[str, float], found: list[str]) -> None:
    samples = [sample(rate, service="order-service", zone=zone) for zone, rate in rates.items()]
    assert strayed([*samples, sample(7.0, service="user-service", zone="az-3")]) == found


def test_it_is_asked_of_one_shop_only() -> None:
    assert question("shop").count('{namespace="shop"}') == 2
