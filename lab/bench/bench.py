"""All figures, one group after the other."""

from collections.abc import Callable, Iterator

from lab.bench import core, http, many, sockets, starts
from lab.bench.figures import Figure
from lab.bench.plays import all_plays, recorded

Say = Callable[[str], None]


def measure(say: Say, seconds: float) -> Iterator[Figure]:
    """`seconds` for each comparison; all of them together take about six times as long."""
    plays = all_plays()
    say(f"{len(plays)} scripts of {len(recorded())} recorded scenarios are played")
    groups: list[tuple[str, Callable[[], list[Figure]]]] = [
        ("starts", starts.figures),
        ("in process", lambda: core.figures(plays, seconds)),
        ("HTTP", lambda: http.figures(plays, seconds)),
        ("OpenEnv", lambda: sockets.figures(plays, seconds)),
        ("side by side", lambda: many.figures(plays, max(1, round(seconds / 5)))),
    ]
    for name, group in groups:
        say(f"{name} ...")
        yield from group()
