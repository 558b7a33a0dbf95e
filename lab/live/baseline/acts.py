"""Carries out what was decided: requests, programs on nodes, SQL. Nothing is decided here."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import structlog

from lab.cluster.process import CommandFailed
from lab.errors import ClusterGone
from lab.live.baseline import database
from lab.live.baseline.cluster import ApiRefused, LabCluster
from lab.live.baseline.nodes import on_node
from lab.live.baseline.values import Act, Difference, OnNode, Send, Stage

log = structlog.get_logger()

# Somebody else (a controller, another hand) was there in between: the next look will see what is left to do.
_OVERTAKEN = frozenset({404, 409})
_UNCHANGEABLE = 422


class Doer:
    def __init__(self, cluster: LabCluster, several: ThreadPoolExecutor) -> None:
        self._cluster = cluster
        self._several = several

    def mend(self, differences: Iterable[Difference], database_pod: str | None) -> None:
        """Stage by stage; the acts of one stage side by side."""
        by_stage: dict[Stage, list[Act]] = {}
        for difference in differences:
            by_stage.setdefault(difference.stage, []).extend(difference.acts)
        for stage in sorted(by_stage):
            list(self._several.map(lambda act: self._do(act, database_pod), by_stage[stage]))

    def _do(self, act: Act, database_pod: str | None) -> None:
        if isinstance(act, Send) and _asks_a_service(act):
            _tried(lambda: self._request(act))
        elif isinstance(act, Send):
            self._send(act)
        elif isinstance(act, OnNode):
            _tried(lambda: [on_node(act.node, argv) for argv in act.commands])
        elif database_pod:
            script = ";\n".join((*act.statements, ""))
            _tried(lambda: database.run_sql(database_pod, act.database, script))

    def _send(self, act: Send) -> None:
        try:
            self._request(act)
        except ApiRefused as refusal:
            if refusal.code == _UNCHANGEABLE and act.method == "PUT":
                # A field that no update may change: made anew at the next look.
                self._cluster.delete(act.path, {"propagationPolicy": "Background"})
            elif refusal.code not in _OVERTAKEN:
                raise

    def _request(self, act: Send) -> None:
        body = dict(act.body or {})
        if act.method == "DELETE":
            self._cluster.delete(act.path, body)
        elif act.method == "PATCH":
            self._cluster.patch(act.path, body)
        elif act.method == "PUT":
            self._cluster.replace(act.path, body)
        else:
            self._cluster.create(act.path, body)


def _asks_a_service(act: Send) -> bool:
    return "/proxy/" in act.path


def _tried(act: Callable[[], object]) -> None:
    """What may not be able to answer yet is seen at the next look.

    A rule that its owner has just taken away, a database that is just going down, a service whose zone is cut off.
    """
    try:
        act()
    except (CommandFailed, ApiRefused, ClusterGone) as failure:
        log.info("not done yet, looking again", why=str(failure))
