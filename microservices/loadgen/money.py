"""What a journey earns or loses, in cents."""

from dataclasses import dataclass

LEAST_ORDER_CENTS = 8_000
MOST_ORDER_CENTS = 12_000
MEAN_ORDER_CENTS = 10_000
# Of those who wait for a page longer than a second, this share would have bought and leaves.
LEAVING_SHARE = 0.065
SLOW_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Money:
    earned_cents: float = 0
    lost_cents: float = 0
    reason: str = ""


def order_cents(user_index: int, users: int) -> int:
    """Between the least and the most, evenly over a zone's users; the mean is in the middle."""
    if users == 1:
        return MEAN_ORDER_CENTS
    return LEAST_ORDER_CENTS + round(user_index * (MOST_ORDER_CENTS - LEAST_ORDER_CENTS) / (users - 1))


def outcome(answered: bool, seconds: float) -> str:
    if not answered:
        return "error"
    return "slow" if seconds > SLOW_SECONDS else "ok"


def money(journey: str, result: str, amount_cents: int) -> Money:
    if journey == "checkout":
        return Money(0, amount_cents, "checkout_failed") if result == "error" else Money(amount_cents)
    if journey == "page" and result != "ok":
        return Money(0, MEAN_ORDER_CENTS * LEAVING_SHARE, "left_slow_page")
    return Money()
