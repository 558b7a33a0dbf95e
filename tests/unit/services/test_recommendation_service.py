import asyncio
from itertools import islice

import pytest

from microservices.common import metrics
from microservices.common.errors import CacheFailed
from microservices.loadgen.deck import users
from microservices.recommendation_service import models
from microservices.recommendation_service.history import length, rows
from microservices.recommendation_service.models import BATCH, Batcher
from microservices.recommendation_service.recommender import Recommender, TooSlow
from microservices.recommendation_service.settings import Model

USERS = range(1, 121)


def batches_of(user: int) -> int:
    return len(list(models.batches(rows(user))))


def test_of_each_zones_forty_users_eighteen_have_a_long_history() -> None:
    for zone in range(3):
        of_zone = range(zone * 40 + 1, zone * 40 + 41)
        assert sum(length(user) > BATCH for user in of_zone) == 18  # 45 %


@pytest.mark.parametrize("first", [1, 41, 81])
def test_in_the_order_in_which_customers_come_long_histories_stand_at_even_distances(first: int) -> None:
    came = [length(user) > BATCH for user in islice(users(first, 40), 80)]
    for start in range(60):
        assert sum(came[start : start + 10]) in (4, 5)


def test_a_long_history_is_fifteen_batches_or_more_and_a_short_one_is_one() -> None:
    counts = {batches_of(user) for user in USERS}
    assert min(counts) == 1
    assert min(counts - {1}) >= 15


def test_both_models_suggest_five_different_products_the_same_each_time() -> None:
    for user in (1, 3, 40):
        deep = asyncio.run(models.deep_v2(rows(user), Batcher(1, 1)))
        for suggested in (models.matrix_v1(rows(user)), deep):
            assert len(set(suggested)) == 5
            assert set(suggested) <= set(range(1, 21))
        assert models.matrix_v1(rows(user)) == models.matrix_v1(rows(user))


def test_a_batch_runs_when_it_is_full_and_not_before_its_window_ends() -> None:
    async def story() -> float:
        clock = asyncio.get_running_loop().time
        batcher, begun = Batcher(capacity=2, window=0.03), clock()
        await asyncio.gather(batcher.run([0.0] * 20, [1]), batcher.run([0.0] * 20, [2]))
        full_after = clock() - begun
        await batcher.run([0.0] * 20, [1])
        assert clock() - begun - full_after >= 0.029
        return full_after

    assert asyncio.run(story()) < 0.029


class Kept:
    def __init__(self) -> None:
        self.entries: dict[str, str] = {}
        self.down = False

    async def get(self, key: str) -> str | None:
        self._check()
        return self.entries.get(key)

    async def put(self, key: str, value: str, seconds: int) -> None:
        self._check()
        assert seconds == 30
        self.entries[key] = value

    def _check(self) -> None:
        if self.down:
            raise CacheFailed("redis-reco-cache", "refused")


def recommender(model: Model, kept: Kept, window: float = 0.06, deadline: float = 0.4) -> Recommender:
    return Recommender(model, kept, Batcher(1024, window), deadline, ttl=30)


def test_the_first_model_keeps_its_results() -> None:
    kept = Kept()
    first = asyncio.run(recommender("matrix-v1", kept).suggest(7))
    assert kept.entries == {"7": str(first)}
    kept.entries["7"] = "[1, 2, 3]"
    assert asyncio.run(recommender("matrix-v1", kept).suggest(7)) == [1, 2, 3]


def test_without_its_cache_the_first_model_still_answers() -> None:
    kept = Kept()
    kept.down = True
    assert len(asyncio.run(recommender("matrix-v1", kept).suggest(7))) == 5


def test_the_new_model_keeps_nothing() -> None:
    kept = Kept()
    short = next(user for user in USERS if batches_of(user) == 1)
    asyncio.run(recommender("deep-v2", kept, window=0.001).suggest(short))
    assert kept.entries == {}


def test_the_new_model_is_too_slow_for_long_histories_only() -> None:
    """With window and deadline half of the real ones, and so the same batches in time."""

    async def story() -> float:
        asked = (recommender("deep-v2", Kept(), window=0.03, deadline=0.2).suggest(user) for user in USERS[:20])
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return sum(isinstance(answer, TooSlow) for answer in answers) / 20

    before = metrics.value("inference_deadlines_exceeded_total")
    assert asyncio.run(story()) == pytest.approx(0.45)
    assert metrics.value("inference_deadlines_exceeded_total") == before + 9
