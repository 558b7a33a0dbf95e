"""Measured values as a reader is told them."""

from collections.abc import Callable, Mapping


def percent(value: float) -> str:
    shown = value * 100
    return f"{shown:.0f} %" if shown >= 10 or shown == round(shown) else f"{shown:.1f} %"


def seconds(value: float) -> str:
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.1f} s"


def dollars(value: float) -> str:
    return f"${value:,.0f} a minute"


def count(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 or value == round(value) else f"{value:.1f}"


def rate(value: float) -> str:
    return f"{value:.1f} a second"


def cores(value: float) -> str:
    return f"{value:.2f} cores"


def yes(value: float) -> str:
    return "yes" if value >= 0.5 else "no"


WRITTEN: Mapping[str, Callable[[float], str]] = {
    "percent": percent,
    "seconds": seconds,
    "dollars_per_minute": dollars,
    "count": count,
    "rate": rate,
    "cores": cores,
    "yes": yes,
}


def written(value: float | None, unit: str) -> str:
    return "not measured" if value is None else WRITTEN[unit](value)
