"""How finely a picture can be sampled within a budget of processor time on this machine.

A picture costs the same on a slow machine and on a quick one; the quick one draws it finer.
"""

import time
from collections.abc import Callable

Cost = Callable[[int], float]

_FEW, _MORE = 4, 16
_FINEST = 400


def samples_within(budget_seconds: float, cost: Cost) -> int:
    """`cost` says the processor time of one picture with so many samples; it is about linear in them."""
    few, more = cost(_FEW), cost(_MORE)
    each = max((more - few) / (_MORE - _FEW), 1e-6)
    return max(1, min(_FINEST, round(_FEW + (budget_seconds - few) / each)))


def measured(draw: Callable[[int], object]) -> Cost:
    """The least of three tries: what disturbs one makes it longer, never shorter."""

    def once(samples: int) -> float:
        begun = time.thread_time()
        draw(samples)
        return time.thread_time() - begun

    return lambda samples: min(once(samples) for _ in range(3))
