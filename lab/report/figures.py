"""Figures as a reader is told them: points, seconds, counts."""


def seconds(value: float) -> str:
    return f"{value:.0f} s" if value >= 10 else f"{value:.1f} s"


def points(value: float) -> str:
    """With its sign and two decimals, more only where they tell something."""
    return _short(f"{value:+.4f}")


def score(value: float) -> str:
    return _short(f"{value:.4f}")


def plural(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _short(text: str) -> str:
    """Two decimals at least; beyond them no closing noughts."""
    whole, _, decimals = text.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
