"""Figures as a reader is told them: points, seconds, counts."""


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


def points(value: float) -> str:
    """With its sign and two decimals, more only where they tell something."""
    return f"{value:+.4f}".removesuffix("00")


def score(value: float) -> str:
    return f"{value:.4f}".removesuffix("00")


def plural(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
