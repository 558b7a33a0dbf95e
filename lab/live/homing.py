"""Does traffic stay in its zone? A service with a pod in each zone must be asked in each as often as in the others.

After pods were replaced all at once, callers cling for a while to whichever came first. A partition between zones
would then hit customers whose requests should never have left theirs.
"""

from collections.abc import Iterable, Mapping

from lab.live.prometheus import Sample

WINDOW = 6
# So long after a release nothing is in the window any more of what pods that went with it were asked last.
PAST = WINDOW + 2
# Of an even share. Orders are few: of four expected in a window, one more or less is chance.
LEAST_SHARE = 0.6


def question(namespace: str) -> str:
    """A zone in which nobody asks counts as well."""
    shop = f'namespace="{namespace}"'
    asked = f"sum by (service, zone) (rate(http_requests_total{{{shop}}}[{WINDOW}s]))"
    return f"{asked} or 0 * count by (service, zone) (build_info{{{shop}}})"


def strayed(samples: Iterable[Sample]) -> list[str]:
    """Services of which one zone's pods are asked too seldom."""
    rates: dict[str, dict[str, float]] = {}
    for sample in samples:
        rates.setdefault(sample.labels["service"], {})[sample.labels.get("zone", "")] = sample.value
    return sorted(service for service, zones in rates.items() if len(zones) > 1 and not _is_even(zones))


def _is_even(zones: Mapping[str, float]) -> bool:
    even = sum(zones.values()) / len(zones)
    return even > 0 and min(zones.values()) >= LEAST_SHARE * even
