"""Which journey comes next: a deck of 50, dealt so evenly that any stretch of it has nearly the exact mix."""

from collections.abc import Iterator
from itertools import cycle, islice

MIX = {"page": 11, "login": 6, "profile": 15, "recommendations": 8, "checkout": 10}


def deck(mix: dict[str, int] = MIX) -> list[str]:
    """Each journey's cards stand at even distances; of two due at one place, either may be first."""
    size = sum(mix.values())
    places = [((card + 0.5) * size / count, journey) for journey, count in mix.items() for card in range(count)]
    return [journey for _, journey in sorted(places)]


def deal(zone_index: int, zones: int = 3) -> Iterator[str]:
    """For ever. Each zone starts elsewhere in the deck, so that the shop as a whole sees an even mix as well."""
    cards = deck()
    return islice(cycle(cards), zone_index * len(cards) // zones, None)


def users(first: int, count: int) -> Iterator[int]:
    """For ever, each as often as every other, and neighbours (whose orders are alike) far apart."""
    stride = next(step for step in range(int(count * 0.4) + 1, 2 * count) if _coprime(step, count))
    return cycle([first + turn * stride % count for turn in range(count)])


def _coprime(a: int, b: int) -> bool:
    while b:
        a, b = b, a % b
    return a == 1
