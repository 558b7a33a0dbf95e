"""How far healing reaches: whatever is found, its requests stay within what is the lab's."""

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st

from lab.live.baseline.baseline import compare
from lab.live.baseline.declared import declare
from lab.live.baseline.kinds import KINDS, path_of
from lab.live.baseline.look import _lists, _watched
from lab.live.baseline.values import DatabaseSeen, NodeSeen, Object, ProcessSeen, Seen
from tests.unit.baseline.kit import MANIFESTS, REVISION, earlier_of, sent, server_fills_in, template_of

NAMESPACES = st.sampled_from(["shop", "backstage", "kube-system", "default", "kube-public", "somebody-elses"])
WORDS = st.sampled_from(["auth-service", "coredns", "network-infra", "kube-proxy", "admin", "db-shop-app"])
DECLARED = declare(MANIFESTS, earlier_of, server_fills_in)


@st.composite
def things(draw: st.DrawFn) -> Object:
    kind = draw(st.sampled_from(sorted(KINDS)))
    name = draw(WORDS)
    metadata: Object = {"name": name, "uid": f"uid-{name}", "labels": {}, "annotations": {REVISION: "3"}}
    if KINDS[kind].namespaced:
        metadata["namespace"] = draw(NAMESPACES)
    spec = {"replicas": draw(st.integers(0, 3)), "template": template_of(name), "selector": {}}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec}


def within_reach(path: str) -> bool:
    collections = {wanted.rpartition("/")[0] for wanted in DECLARED.objects}
    return "/namespaces/shop/" in path or path in DECLARED.objects or path in collections


@given(st.lists(things(), max_size=12))
def test_strangers_elsewhere_are_never_asked_to_go(strangers: list[Object]) -> None:
    """As the look hands them on: of each list that it reads, what is the shop's or declared."""
    wanted = frozenset(DECLARED.objects)
    read = {kind.collection(namespace) for kind, namespace in _lists(wanted)}
    handed = [one for one in strangers if path_of(one).rpartition("/")[0] in read and _watched(one, wanted)]
    objects = there() | {path_of(one): one for one in handed}
    asked = sent(compare(DECLARED, seen_of(objects)))
    assert all(within_reach(act.path) for act in asked), [act.path for act in asked]


@given(st.sets(st.sampled_from(sorted(DECLARED.objects))))
def test_what_is_missing_is_made_where_it_is_declared(missing: set[str]) -> None:
    objects = {path: one for path, one in there().items() if path not in missing}
    made = sent(compare(DECLARED, seen_of(objects)), "POST")
    assert {path.rpartition("/")[0] for path in missing} <= {act.path for act in made}
    assert all(within_reach(act.path) for act in made)


def there() -> dict[str, Object]:
    objects = deepcopy(dict(DECLARED.objects))
    for one in objects.values():
        one["metadata"]["uid"] = f"uid-{one['metadata']['name']}"
    return objects


def seen_of(objects: dict[str, Object]) -> Seen:
    nodes = {"node-1": NodeSeen((), ())}
    processes: dict[str, ProcessSeen | None] = {}
    return Seen(objects, (), (), (), processes, nodes, DatabaseSeen({}, {}, {}), at=1.0)
