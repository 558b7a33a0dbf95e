import asyncio
import json
from collections import Counter
from collections.abc import Callable
from itertools import islice, pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from microservices.common import metrics
from microservices.common.http_client import Peer
from microservices.loadgen.customer import Customer, Unserved, customers
from microservices.loadgen.deck import MIX, deal, deck, users
from microservices.loadgen.money import LEAVING_SHARE, MEAN_ORDER_CENTS, money, order_cents, outcome
from microservices.loadgen.pace import BUCKETS, Pace, account, served
from microservices.loadgen.settings import Settings
from tests.unit.services.backend import Answer, always, failing, mock_peer

NEEDS_A_SESSION = 0.78
MIXES = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 20), min_size=1, max_size=6)


def test_the_deck_is_the_mix_exactly() -> None:
    assert Counter(deck()) == {"page": 11, "login": 6, "profile": 15, "recommendations": 8, "checkout": 10}
    assert 1 - MIX["page"] / len(deck()) == NEEDS_A_SESSION


@given(MIXES)
def test_any_deck_is_its_mix_exactly(mix: dict[str, int]) -> None:
    assert Counter(deck(mix)) == mix


@pytest.mark.parametrize("zone", [0, 1, 2])
@pytest.mark.parametrize("journey", sorted(MIX))
def test_every_window_of_one_zone_is_within_a_card_and_a_half_of_the_mix(zone: int, journey: str) -> None:
    dealt = list(islice(deal(zone), 150))
    share = MIX[journey] / 50
    for width in range(1, 51):
        for start in range(100):
            assert abs(dealt[start : start + width].count(journey) - width * share) <= 1.5


@pytest.mark.parametrize("journey", sorted(MIX))
def test_ten_seconds_of_the_whole_shop_are_within_a_card_of_the_mix(journey: str) -> None:
    rounds = zip(*(islice(deal(zone), 150) for zone in range(3)), strict=True)
    dealt = [card for round_of_zones in rounds for card in round_of_zones]
    for start in range(len(dealt) - 100):
        assert abs(dealt[start : start + 100].count(journey) - 2 * MIX[journey]) <= 1


@given(st.integers(1, 500), st.integers(1, 200))
def test_all_users_take_turns(first: int, count: int) -> None:
    assert sorted(islice(users(first, count), count)) == list(range(first, first + count))


@given(st.integers(1, 200))
def test_orders_are_between_80_and_120_dollars_and_100_in_the_mean(count: int) -> None:
    amounts = [order_cents(index, count) for index in range(count)]
    assert all(8_000 <= amount <= 12_000 for amount in amounts)
    assert sum(amounts) / count == pytest.approx(MEAN_ORDER_CENTS, abs=1)


def test_a_healthy_minute_is_worth_twelve_thousand_dollars() -> None:
    """Ten requests a second, a fifth of them checkouts, each worth what its user's orders are worth."""
    turns = users(1, 40)
    per_zone = [order_cents(next(turns) - 1, 40) for card in islice(deal(0), 200) if card == "checkout"]
    assert 3 * sum(per_zone) / 100 == pytest.approx(12_000, rel=0.001)


def test_pages_that_are_slow_for_a_minute_cost_some_eight_hundred_dollars() -> None:
    pages_a_minute = 600 * MIX["page"] / 50
    assert pages_a_minute * MEAN_ORDER_CENTS * LEAVING_SHARE / 100 == pytest.approx(858)


@pytest.mark.parametrize(
    ("answered", "seconds", "expected"), [(True, 1.0, "ok"), (True, 1.01, "slow"), (False, 0.1, "error")]
)
def test_an_outcome_is_ok_slow_or_an_error(answered: bool, seconds: float, expected: str) -> None:
    assert outcome(answered, seconds) == expected


@pytest.mark.parametrize(
    ("journey", "result", "earned", "lost", "reason"),
    [
        ("checkout", "ok", 9_000, 0, ""),
        ("checkout", "slow", 9_000, 0, ""),
        ("checkout", "error", 0, 9_000, "checkout_failed"),
        ("page", "ok", 0, 0, ""),
        ("page", "slow", 0, 650, "left_slow_page"),
        ("page", "error", 0, 650, "left_slow_page"),
        ("profile", "error", 0, 0, ""),
        ("login", "error", 0, 0, ""),
        ("recommendations", "slow", 0, 0, ""),
    ],
)
def test_money_is_earned_by_checkouts_and_lost_by_those_and_by_pages(
    journey: str, result: str, earned: float, lost: float, reason: str
) -> None:
    worth = money(journey, result, 9_000)
    assert (worth.earned_cents, worth.lost_cents, worth.reason) == (earned, lost, reason)


def test_a_journey_is_accounted_in_dollars() -> None:
    names: list[tuple[str, dict[str, str]]] = [("shop_revenue_dollars_total", {})]
    names.append(("shop_revenue_lost_dollars_total", {"reason": "checkout_failed"}))
    before = [metrics.value(name, **labels) for name, labels in names]
    errors = metrics.value("shop_requests_total", journey="checkout", outcome="error")
    account("checkout", True, 0.1, 9_000)
    account("checkout", False, 0.1, 11_000)
    after = [metrics.value(name, **labels) for name, labels in names]
    assert [new - old for new, old in zip(after, before, strict=True)] == [90, 110]
    assert metrics.value("shop_requests_total", journey="checkout", outcome="error") == errors + 1


def test_a_percentile_of_a_slow_page_is_within_a_quarter_of_a_second() -> None:
    fine = [bound for bound in BUCKETS if 0.25 <= bound <= 2.0]
    assert list(BUCKETS) == sorted(set(BUCKETS))
    assert (fine[0], fine[-1]) == (0.25, 2.0)
    assert max(above - below for below, above in pairwise(fine)) <= 0.25
    # What the alert on slow pages asks for.
    assert 1.0 in fine


class Gateway:
    """Knows the sessions it gave out, until it forgets them."""

    def __init__(self) -> None:
        self.sessions: set[str] = set()
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path == "/login":
            return self._login(json.loads(request.content))
        known = request.headers.get("authorization", "").removeprefix("Bearer ") in self.sessions
        return httpx.Response(200 if known or request.url.path.startswith("/pages/") else 401, json={})

    def _login(self, body: dict[str, str]) -> httpx.Response:
        assert body == {"email": "user7@shop.example", "password": "password-7"}
        session = f"session-{len(self.asked)}"
        self.sessions.add(session)
        return httpx.Response(200, json={"session": session})


def visits(customer: Customer, *journeys: str) -> None:
    async def story() -> None:
        for journey in journeys:
            await customer.do(journey, 3)

    asyncio.run(story())


def test_a_customer_logs_in_when_it_is_needed_and_keeps_the_session() -> None:
    gateway = Gateway()
    visits(Customer(mock_peer("gateway", gateway), 7, 9_000), "page", "profile", "recommendations", "checkout")
    assert gateway.asked == ["/pages/3", "/login", "/profile", "/recommendations", "/checkout"]


def test_a_session_that_is_gone_is_renewed_on_the_way() -> None:
    gateway = Gateway()
    customer = Customer(mock_peer("gateway", gateway), 7, 9_000)
    visits(customer, "login")
    gateway.sessions.clear()
    visits(customer, "profile")
    assert gateway.asked == ["/login", "/profile", "/login", "/profile"]


def test_a_session_that_stays_unknown_is_an_error_and_not_a_loop() -> None:
    gateway = Gateway()
    customer = Customer(mock_peer("gateway", lambda request: forgetful(gateway, request)), 7, 9_000)
    with pytest.raises(Unserved, match="answered 401"):
        visits(customer, "profile")
    assert gateway.asked == ["/login", "/profile", "/login", "/profile"]


def forgetful(gateway: Gateway, request: httpx.Request) -> httpx.Response:
    answer = gateway(request)
    gateway.sessions.clear()
    return answer


@pytest.mark.parametrize("answer", [failing(httpx.ReadTimeout), always(503, {}), always(404, {}), always(401, {})])
def test_whatever_is_not_an_answer_is_not_served(answer: Answer) -> None:
    customer = Customer(mock_peer("gateway", answer), 7, 9_000)
    assert not asyncio.run(served(lambda: customer.do("page", 3)))


def test_the_customers_of_a_zone_are_its_own() -> None:
    found = customers(mock_peer("gateway", always(200, {})), 41, 40)
    assert (min(found), max(found), len(found)) == (41, 80, 40)
    assert (found[41].amount_cents, found[80].amount_cents) == (8_000, 12_000)


@pytest.mark.parametrize(("zone", "index"), [("az-1", 0), ("az-3", 2)])
def test_a_zone_has_its_place(zone: str, index: int) -> None:
    assert Settings(zone=zone).zone_index == index


class Crowd:
    """The open loop at a gateway that answers nobody until `until` has happened; what it was asked until then."""

    def __init__(self, in_flight_max: int = 40) -> None:
        self.settings = Settings(requests_per_second=1000, in_flight_max=in_flight_max)
        self.asked = 0
        self._ending = asyncio.Event()

    def walk_in(self, until: Callable[[], bool]) -> int:
        return asyncio.run(self._story(until))

    async def _story(self, until: Callable[[], bool]) -> int:
        gateway = Peer("gateway", "http://gateway", 4, httpx.AsyncClient(transport=httpx.MockTransport(self._answer)))
        async with asyncio.timeout(20), Pace(self.settings, customers(gateway, 1, 40)).running():
            while not until():
                await asyncio.sleep(0.002)
            asked = self.asked
            self._ending.set()
        return asked

    async def _answer(self, _request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await self._ending.wait()
        return httpx.Response(200, json={"session": "s"})


def test_the_next_one_comes_in_whether_or_not_the_shop_answers() -> None:
    crowd = Crowd()
    assert crowd.walk_in(lambda: crowd.asked >= 30) >= 30


def test_so_many_at_once_and_no_more() -> None:
    before = metrics.value("shop_requests_not_started_total")
    assert Crowd(in_flight_max=5).walk_in(lambda: metrics.value("shop_requests_not_started_total") > before) == 5


def test_those_inside_are_served_to_the_end() -> None:
    before = sum(metrics.value("shop_requests_total", journey=journey, outcome="ok") for journey in MIX)
    crowd = Crowd()
    crowd.walk_in(lambda: crowd.asked >= 10)
    after = sum(metrics.value("shop_requests_total", journey=journey, outcome="ok") for journey in MIX)
    assert after - before >= 10
