"""The dependency map as a picture: services in columns from callers to callees, sick edges more than a colour."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from lab.server.page.edges import Edge
from lab.server.page.markup import Safe, joined, tag

BOX_WIDTH, BOX_HEIGHT = 164, 30
COLUMN, ROW, EDGE_ROOM = 300, 58, 12


class Place(NamedTuple):
    x: float
    y: float


def columns_of(edges: Sequence[Edge]) -> list[list[str]]:
    """A service stands right of all that call it, and one that nobody calls as near as it can to what it calls."""
    callees = _callees(edges)
    depth = dict.fromkeys(callees, 0)
    for name in sorted(callees):
        _push(name, callees, depth, (name,))
    called = {edge.callee for edge in edges}
    for name in callees.keys() - called:
        depth[name] = min((depth[callee] for callee in callees[name]), default=1) - 1
    deepest = max(depth.values(), default=0)
    return [sorted(name for name in depth if depth[name] == column) for column in range(deepest + 1)]


def _callees(edges: Iterable[Edge]) -> dict[str, list[str]]:
    callees: dict[str, list[str]] = {}
    for edge in edges:
        callees.setdefault(edge.caller, []).append(edge.callee)
        callees.setdefault(edge.callee, [])
    return callees


def picture(edges: Sequence[Edge], looked_at: Iterable[str]) -> Safe:
    columns = columns_of(edges)
    places = _places(columns)
    known = frozenset(looked_at)
    width, height = COLUMN * (len(columns) - 1) + BOX_WIDTH + 2 * EDGE_ROOM, ROW * max(map(len, columns)) + EDGE_ROOM
    told = summary(edges)
    return tag(
        "svg",
        tag("title", told),
        _arrows(),
        *(_edge(edge, places, edges) for edge in sorted(edges, key=lambda edge: edge.sick)),
        *(_box(name, place, name in known) for name, place in places.items()),
        class_="map",
        viewBox=f"0 0 {width} {height}",
        width=width,
        role="img",
        aria_label=told,
    )


def summary(edges: Sequence[Edge]) -> str:
    sick = [f"{edge.caller} to {edge.callee}" for edge in edges if edge.sick]
    return f"Dependency map of {len(edges)} edges; " + (f"sick: {', '.join(sick)}." if sick else "none is sick.")


def _push(name: str, callees: Mapping[str, Sequence[str]], depth: dict[str, int], path: tuple[str, ...]) -> None:
    for callee in callees[name]:
        if callee not in path and depth[callee] <= depth[name]:
            depth[callee] = depth[name] + 1
            _push(callee, callees, depth, (*path, callee))


def _places(columns: Sequence[Sequence[str]]) -> dict[str, Place]:
    most = max(map(len, columns), default=0)
    top = EDGE_ROOM / 2 + (ROW - BOX_HEIGHT) / 2
    return {
        name: Place(EDGE_ROOM + COLUMN * column, top + ROW * (line + (most - len(names)) / 2))
        for column, names in enumerate(columns)
        for line, name in enumerate(names)
    }


def _arrows() -> Safe:
    heads = (
        tag("marker", tag("path", d="M0,0 L8,4 L0,8 z", class_=f"head {tone}"), id=f"head-{tone}", viewBox="0 0 8 8",
            refX=8, refY=4, markerWidth=8, markerHeight=8, orient="auto", markerUnits="userSpaceOnUse")
        for tone in ("well", "sick")
    )  # fmt: skip
    return tag("defs", *heads)


class Curve(NamedTuple):
    """From a caller's right side to a callee's left side."""

    x1: float
    y1: float
    x2: float
    y2: float

    @property
    def bend(self) -> float:
        # Also an edge that goes back leaves to the right and comes in from the left.
        return max(40.0, abs(self.x2 - self.x1) / 2)

    @property
    def path(self) -> str:
        first, second = self.x1 + self.bend, self.x2 - self.bend
        ends = (self.x1, self.y1), (first, self.y1), (second, self.y2), (self.x2, self.y2)
        start, *rest = (f"{x:.0f},{y:.0f}" for x, y in ends)
        return f"M{start} C{' '.join(rest)}"

    def at(self, share: float) -> Place:
        """The point that far along the curve."""
        back = 1 - share
        weights = (back**3, 3 * back**2 * share, 3 * back * share**2, share**3)
        xs = (self.x1, self.x1 + self.bend, self.x2 - self.bend, self.x2)
        ys = (self.y1, self.y1, self.y2, self.y2)
        return Place(*(sum(weight * at for weight, at in zip(weights, axis, strict=True)) for axis in (xs, ys)))


def _edge(edge: Edge, places: Mapping[str, Place], edges: Sequence[Edge]) -> Safe:
    tone = "sick" if edge.sick else "well"
    start, end = places[edge.caller], places[edge.callee]
    curve = Curve(start.x + BOX_WIDTH, start.y + BOX_HEIGHT / 2, end.x, end.y + BOX_HEIGHT / 2)
    drawn = tag("path", d=curve.path, class_=f"edge {tone}", marker_end=f"url(#head-{tone})", fill="none")
    title = tag("title", f"{edge.caller} to {edge.callee}: {edge.says}")
    return joined(tag("g", title, drawn), _label(edge, curve, edges) if edge.sick else None)


def _label(edge: Edge, curve: Curve, edges: Sequence[Edge]) -> Safe:
    """Where its edge is farthest from others: those of one caller part, those to one callee meet."""
    leaving = sum(other.sick and other.caller == edge.caller for other in edges)
    coming = sum(other.sick and other.callee == edge.callee for other in edges)
    place = curve.at(0.5 if leaving == coming else 0.66 if leaving > coming else 0.34)
    says = f"{edge.failed} % fail" if edge.failed else "no calls"
    return tag("text", says, x=f"{place.x:.0f}", y=f"{place.y + 4:.0f}", text_anchor="middle", class_="label")


def _box(name: str, place: Place, looked_at: bool) -> Safe:
    tone = "known" if looked_at else "unknown"
    box = tag("rect", x=place.x, y=place.y, width=BOX_WIDTH, height=BOX_HEIGHT, rx=6, class_=f"box {tone}")
    middle = {"x": place.x + BOX_WIDTH / 2, "y": place.y + BOX_HEIGHT / 2 + 4}
    return joined(box, tag("text", name, text_anchor="middle", class_=f"name {tone}", **middle))
