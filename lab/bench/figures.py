"""A figure: what was measured, what is wanted of it, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    about: str
    measured: float
    unit: str
    wanted: float
    at_most: bool = False
    """The target is an upper bound."""
    beside: str = ""
    """The ceiling, or how it was measured."""

    @property
    def good(self) -> bool:
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"good": self.good}

    def as_row(self) -> list[str]:
        bound = f"{'at most' if self.at_most else 'at least'} {_told(self.wanted)}"
        return [
            "✓" if self.good else "✗",
            self.about,
            f"{_told(self.measured)} {self.unit}".strip(),
            bound,
            self.beside,
        ]


COLUMNS = ("", "figure", "measured", "target", "beside")


def all_good(figures: Sequence[Figure]) -> bool:
    return all(figure.good for figure in figures)


def _told(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
