"""A figure: what was measured, what is wanted of it, and what stands beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    about: str
    measured: float
    unit: str
    wanted: float | None = None
    at_most: bool = False
    """The target is an upper bound."""
    beside: str = ""
    """The ceiling, or how it was measured."""

    @property
    def good(self) -> bool:
        if self.wanted is None:
            return True
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"good": self.good}

    def as_row(self) -> list[str]:
        mark = "" if self.wanted is None else "✓" if self.good else "✗"
        return [mark, self.about, f"{_told(self.measured)} {self.unit}".strip(), self._bound, self.beside]

    @property
    def _bound(self) -> str:
        return "" if self.wanted is None else f"{'at most' if self.at_most else 'at least'} {_told(self.wanted)}"


COLUMNS = ("", "figure", "measured", "target", "beside")


def all_good(figures: Sequence[Figure]) -> bool:
    return all(figure.good for figure in figures)


def _told(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
