"""The world that a play needs, and what of it is missing made: for the live one, the cluster with the shop on it."""

from collections.abc import Callable
from dataclasses import dataclass

from lab.worlds import Choice, WorldSource, choose


@dataclass(frozen=True, slots=True)
class Means:
    """How it is found out and made; a seam, so that tests need no engine."""

    engine_answers: Callable[[], bool]
    stands: Callable[[], bool]
    bring_up: Callable[[], None]


def own_means() -> Means:
    # Here and not above: the recorded world needs nothing of the cluster.
    from lab.cluster import engine
    from lab.cluster.up import bring_up

    return Means(engine.engine_answers, _stands, bring_up)


def ready(wish: str, say: Callable[[str], None], means: Means | None = None) -> WorldSource:
    """The world wished for, set up; what it is and why is said first."""
    if wish in ("auto", "live"):
        _make_live(say, means or own_means())
    choice: Choice = choose(wish)
    say(choice.says)
    return choice.source


def _make_live(say: Callable[[str], None], means: Means) -> None:
    if means.engine_answers() and not means.stands():
        say("The cluster with its shop is not up; `lab up` comes first.")
        means.bring_up()


def _stands() -> bool:
    """The cluster is whole, and a shop was delivered to it; whether it is well is for the world to see and mend."""
    from lab.cluster import kind

    return kind.is_whole(kind.nodes()) and _is_delivered()


def _is_delivered() -> bool:
    from lab.cluster.kube import Kube
    from lab.cluster.shop import delivery

    return Kube.connect().find(delivery({})) is not None
