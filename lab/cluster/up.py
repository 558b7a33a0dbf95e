"""`lab up` and `lab down` as lists of steps."""

from lab.cluster import doctor, images, kind, node_image, reach
from lab.cluster.engine import require_engine
from lab.cluster.lock import Hold, exclusive
from lab.cluster.steps import Reporter, Step, run_steps


def bring_up(*, bare: bool = False, reporter: Reporter | None = None) -> None:
    # Whoever plays must not find the shop mended under them.
    with exclusive(), Hold():
        run_steps(cluster_steps() + ([] if bare else shop_steps()), reporter)


def cluster_steps() -> list[Step]:
    return [
        Step("look at the machine", doctor.require_healthy),
        Step(f"node image ({node_image.way()})", node_image.node_image),
        Step("four nodes", make_whole),
        Step("all of them Ready", reach.require_nodes),
        Step("names answered by the control plane", reach.keep_names_central),
        Step("the services' base image", images.python_image),
        Step("names and pod network in every zone", reach.require_reach),
    ]


def shop_steps() -> list[Step]:
    from lab.cluster.shop import steps

    return steps()


def make_whole() -> None:
    """A whole cluster stays; a half-made one, from a killed `lab up` say, is made anew."""
    found = kind.nodes()
    kind.refuse_strangers(found)
    if kind.is_whole(found):
        return
    kind.delete(found)
    kind.create(node_image.node_image())


def take_down(reporter: Reporter | None = None) -> None:
    require_engine()
    with exclusive():
        run_steps([Step("remove the cluster", _remove)], reporter)


def _remove() -> None:
    found = kind.nodes()
    kind.refuse_strangers(found)
    kind.delete(found)
