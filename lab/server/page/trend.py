"""A figure over the episode as a small chart: before the incident, then at each look at it. Only measured points."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from lab.server.page.markup import Safe, tag
from lab.server.page.reading import Fact, amount, parts_of
from lab.server.page.steps import Step

WIDTH, HEIGHT, EDGE = 120.0, 34.0, 5.0
# Where the incident's line stands: right of the one point before it.
INCIDENT = 26.0


class Point(NamedTuple):
    when: str
    value: str
    """As it was told."""


Name = tuple[str, str, str]
"""The action, the service and the figure."""
Trends = Mapping[Name, tuple[Point, ...]]


def trends_of(steps: Sequence[Step]) -> Trends:
    """Of each figure, what every look at it said, the healthy value of the last look first."""
    looks: dict[Name, list[Point]] = {}
    usual: dict[Name, str] = {}
    for step in steps:
        for fact in (part for part in parts_of(step.evidence) if isinstance(part, Fact)):
            name = (step.action_type, step.target, fact.name)
            looks.setdefault(name, []).append(Point(f"at step {step.number}", fact.value))
            usual[name] = fact.healthy
    return {name: (Point("before the incident", usual[name]), *points) for name, points in looks.items()}


def chart(points: Sequence[Point]) -> Safe | None:
    """Nothing where a point is no figure, or not of the same unit."""
    read = [amount(point.value) for point in points]
    numbers = [found[0] for found in read if found is not None]
    if len(numbers) != len(points) or len({found[1] for found in read if found is not None}) != 1:
        return None
    places = _places(numbers)
    told = ", ".join(f"{point.value} {point.when}" for point in points)
    return tag(
        "svg",
        tag("title", told),
        tag("line", x1=INCIDENT, x2=INCIDENT, y1=0, y2=HEIGHT, class_="incident"),
        tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in places), class_="line"),
        *(
            tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, class_=f"point {_tone(at)}")
            for at, (x, y) in enumerate(places)
        ),
        class_="trend",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        role="img",
        aria_label=told,
    )


def _places(numbers: Sequence[float]) -> list[tuple[float, float]]:
    top = max(max(numbers), 1e-9)
    after = len(numbers) - 1
    width = WIDTH - INCIDENT - 2 * EDGE - 8
    spots = [EDGE, *(INCIDENT + 10 + width * (at + 1) / after for at in range(after))]
    return [(x, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * value / top) for x, value in zip(spots, numbers, strict=True)]


def _tone(position: int) -> str:
    return "usual" if position == 0 else "seen"
