"""status: what runs, how it answers, and what the shop earns."""

import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from lab.cli.output import AsJson, show_json, table_of

COLUMNS = ("workload", "release", "pods", "zones", "restarts", "req/s", "errors", "p95", "lacks")
WRAPPED = ("zones", "lacks")
EVERY = 2.0


def status(
    json: AsJson = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show it anew every two seconds, until Ctrl-C.")] = False,
) -> None:
    """Show the services: pods, restarts, traffic, error rate, p95, and revenue a minute."""
    if not watch:
        found = _look()
        show_json(found) if json else Console().print(_page(found))
        return
    with Live(_page(_look()), auto_refresh=False) as page:
        for found in _looks():
            page.update(_page(found), refresh=True)


def _looks() -> Iterator[dict[str, Any]]:
    while True:
        time.sleep(EVERY)  # the page's own beat; nothing is waited for
        yield _look()


def _look() -> dict[str, Any]:
    from lab.cluster.kind import require_whole
    from lab.cluster.kube import Kube
    from lab.cluster.status import alerts, figures, rows
    from lab.cluster.traffic import by_service

    require_whole()
    kube = Kube.connect()
    traffic = {name: one.as_dict() for name, one in by_service(kube).items()}
    return {
        "workloads": [{**row.as_dict(), "traffic": traffic.get(row.workload)} for row in rows(kube)],
        "figures": [figure.as_dict() for figure in figures(kube)],
        "alerts": alerts(kube),
    }


def _page(found: dict[str, Any]) -> Group:
    rows = [_row(one) for one in found["workloads"]]
    signs = [f"  {'✓' if sign['good'] else '✗'} {sign['what']}: {_number(sign['value'])}" for sign in found["figures"]]
    firing = ", ".join(found["alerts"]) or "none"
    return Group(table_of(COLUMNS, rows, wrapped=WRAPPED), Text("\n".join(["", *signs, f"  alerts: {firing}"])))


def _row(one: dict[str, Any]) -> list[str]:
    traffic = one["traffic"]
    measured = ["", "", ""]
    if traffic:
        p95 = traffic["p95_seconds"]
        slow = "" if p95 is None else f"{p95 * 1000:.0f} ms"
        measured = [f"{traffic['per_second']:.1f}", f"{traffic['error_rate']:.1%}", slow]
    plain = [one["workload"], one["release"], one["pods"], _zones(one["zones"].split(" ")), str(one["restarts"])]
    return [*plain, *measured, one["lacking"]]


def _zones(names: list[str]) -> str:
    return "all" if len(names) > 2 else " ".join(names)


def _number(value: float | None) -> str:
    if value is None:
        return "not measured"
    return f"${value:,.0f}" if value > 100 else f"{value:.3g}"


COMMANDS = (status,)
