"""The timeline as a drawing: a bar a step at its moment, up for what it earned, down for what it cost."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lab.plain import as_html
from lab.report.figures import plural, points, seconds
from lab.report.trajectory import Hint, StepTaken, Trajectory

WIDTH, HEIGHT, EDGE, BAR = 860.0, 170.0, 40.0, 10.0
MIDDLE = HEIGHT - 60
# Closer than this, one bar would hide the other.
APART = BAR + 6
# A bar that earns nothing is still seen.
LEAST = 2.0


def timeline(trajectory: Trajectory) -> str:
    said = f"Timeline of {plural(len(trajectory.steps), 'step')} with the reward of each"
    drawn = "".join(_drawn(trajectory))
    return f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{said}">{drawn}</svg>'


def _drawn(trajectory: Trajectory) -> Iterator[str]:
    span = max((event.at for event in trajectory.events), default=0.0) or 1.0
    yield f'<line x1="{EDGE}" y1="{MIDDLE}" x2="{WIDTH - EDGE}" y2="{MIDDLE}" stroke="var(--line)"/>'
    yield f'<text x="{EDGE}" y="{HEIGHT - 6}">the page</text>'
    yield f'<text x="{WIDTH - EDGE}" y="{HEIGHT - 6}" text-anchor="end">{seconds(span)} later</text>'
    largest = max((abs(step.reward) for step in trajectory.steps), default=0.0) or 1.0
    for event, x in zip(trajectory.events, places([event.at / span for event in trajectory.events]), strict=True):
        yield _hint(x, event) if isinstance(event, Hint) else _bar(x, event, largest)


def places(shares: Sequence[float]) -> list[float]:
    """Where on the line events stand: at their moments, or evenly where some would lie on each other."""
    room, start = WIDTH - 2 * (EDGE + BAR), EDGE + BAR
    found = [start + room * share for share in shares]
    if all(later - earlier >= APART for earlier, later in pairwise(found)):
        return found
    return [start + room * number / (len(shares) - 1) for number in range(len(shares))]


def _bar(x: float, step: StepTaken, largest: float) -> str:
    height = max(LEAST, (MIDDLE - 20) * abs(step.reward) / largest) if step.reward >= 0 else 0.0
    below = max(LEAST, 40 * abs(step.reward) / largest) if step.reward < 0 else 0.0
    top, size, colour = MIDDLE - height, height + below, "var(--bad)" if step.reward < 0 else "var(--bar)"
    told = as_html(f"{step.number}. {step.action['action_type']}: {points(step.reward)}")
    bar = f'<rect x="{x - BAR / 2:.1f}" y="{top:.1f}" width="{BAR}" height="{size:.1f}" fill="{colour}" rx="2">'
    number = f'<text x="{x:.1f}" y="{top - 4:.1f}" text-anchor="middle">{step.number}</text>'
    return f"{bar}<title>{told}</title></rect>{number}"


def _hint(x: float, hint: Hint) -> str:
    title = f"<title>{as_html(f'hint: {hint.says}')}</title>"
    return f'<circle cx="{x:.1f}" cy="{MIDDLE}" r="4" fill="var(--soft)">{title}</circle>'
