"""The episode as a picture: a bar for each step, up for what was earned and down for what it cost."""

from collections.abc import Sequence

from lab.server.page.markup import Safe, joined, tag
from lab.server.page.steps import Step

SLOT, MIDDLE, REACH, HEIGHT = 44, 62, 40, 128
# A common reward is a few hundredths; the end's may be a whole point, and is drawn as tall as fits.
FULL = 0.16


def bars(steps: Sequence[Step], max_steps: int) -> Safe:
    width = SLOT * max_steps + 8
    half = 4 + SLOT * (max_steps // 2)
    told = f"{len(steps)} of {max_steps} steps used; " + ", ".join(f"step {s.number} {s.reward:+.2f}" for s in steps)
    inside = tag(
        "svg",
        tag("title", told),
        tag("line", x1=4, x2=width - 4, y1=MIDDLE, y2=MIDDLE, class_="axis"),
        tag("line", x1=half, x2=half, y1=12, y2=HEIGHT - 14, class_="incident"),
        tag("text", "halfway: later steps cost more", x=half + 5, y=HEIGHT - 4, class_="hint"),
        *(_slot(at) for at in range(len(steps) + 1, max_steps + 1)),
        *(_bar(step) for step in steps),
        class_="timeline",
        viewBox=f"0 0 {width} {HEIGHT}",
        width=width,
        role="img",
        aria_label=told,
    )
    return tag("div", inside, class_="frame", role="region", aria_label="Timeline", tabindex=0)


def _bar(step: Step) -> Safe:
    size = max(3.0, min(1.0, abs(step.reward) / FULL) * REACH)
    top = MIDDLE if step.reward < 0 else MIDDLE - size
    x = _left(step.number)
    tone = "cost" if step.reward < 0 else "earned"
    told = f"Step {step.number}: {step.label}, {step.reward:+.2f}"
    says_at = MIDDLE + size + 13 if step.reward < 0 else top - 5
    return joined(
        tag("rect", tag("title", told), x=x, y=f"{top:.1f}", width=SLOT - 12, height=f"{size:.1f}", rx=3, class_=tone),
        tag("text", f"{step.reward:+.2f}", x=x + (SLOT - 12) / 2, y=f"{says_at:.1f}", text_anchor="middle"),
    )


def _slot(number: int) -> Safe:
    return tag("circle", cx=_left(number) + (SLOT - 12) / 2, cy=MIDDLE, r=3, class_="open")


def _left(number: int) -> int:
    return 4 + SLOT * (number - 1) + 6
