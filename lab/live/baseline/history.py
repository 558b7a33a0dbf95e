"""The release before and the current one, numbered 1 and 2, and nothing of what an episode rolled out. Pure.

A Deployment keeps its releases as ReplicaSets, a DaemonSet as ControllerRevisions; both are matched by their pod
template, because controllers name and number them as they like.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lab.cluster.names import POD_HASH, REVISION, kept_template
from lab.live.baseline.declared import Declared
from lab.live.baseline.values import Difference, Object, Send, Stage

PAST_REVISIONS = "deployment.kubernetes.io/revision-history"
DESIRED, MAXIMUM = "deployment.kubernetes.io/desired-replicas", "deployment.kubernetes.io/max-replicas"
FIRST, SECOND = "1", "2"


def history_differences(
    declared: Declared, objects: dict[str, Object], sets: Sequence[Object], revisions: Sequence[Object]
) -> Iterator[Difference]:
    for path, workload in declared.objects.items():
        live = objects.get(path)
        if live is None or workload["kind"] not in ("Deployment", "DaemonSet"):
            continue
        releases = _numbered(workload, declared.earlier.get(path))
        if workload["kind"] == "Deployment":
            yield from _of_deployment(path, live, releases, _owned(sets, live))
        else:
            yield from _of_daemon_set(live, releases, _owned(revisions, live))


def _numbered(current: Object, earlier: Object | None) -> dict[str, Object]:
    return {FIRST: earlier, SECOND: current} if earlier else {FIRST: current}


def is_current(template: Object, replica_set: Object) -> bool:
    return comparable_template(replica_set["spec"]["template"]) == comparable_template(template)


def comparable_template(template: Object) -> Object:
    """Without the label that the controller adds; env by name, as its order comes from the order of patches."""
    template = json.loads(json.dumps(template))
    metadata = template.get("metadata") or {}
    labels = {name: value for name, value in (metadata.get("labels") or {}).items() if name != POD_HASH}
    for container in template["spec"]["containers"]:
        container["env"] = sorted(container.get("env", []), key=lambda entry: str(entry["name"]))
    return template | {"metadata": {"labels": labels, "annotations": metadata.get("annotations") or {}}}


def _of_deployment(
    path: str, live: Object, releases: Mapping[str, Object], sets: Sequence[Object]
) -> Iterator[Difference]:
    name, newest = live["metadata"]["name"], max(releases)
    for number, release in releases.items():
        matching = [found for found in sets if is_current(_template(release), found)]
        for twin in matching[1:]:
            yield _forget(twin)
        if matching and _number(matching[0]) != number:
            yield _renumber_set(matching[0], number)
        if matching and number != newest and matching[0]["spec"].get("replicas"):
            yield _retire(matching[0])
        if not matching:
            # The controller itself adds the current one.
            made = [] if number == newest else [_create_set(_earlier_set(live, release))]
            yield _difference(name, f"release {number} is missing from its history", *made)
    known = [comparable_template(_template(release)) for release in releases.values()]
    for stranger in sets:
        if comparable_template(stranger["spec"]["template"]) not in known:
            yield _forget(stranger)
    if _annotations(live).get(REVISION) != newest:
        yield _difference(name, f"its revision is not {newest}", _annotate(path, {REVISION: newest}))


def _of_daemon_set(live: Object, releases: Mapping[str, Object], revisions: Sequence[Object]) -> Iterator[Difference]:
    name = live["metadata"]["name"]
    seen: set[str] = set()
    for found in revisions:
        template = _kept_template(found)
        number = next((n for n, wanted in releases.items() if comparable_template(_template(wanted)) == template), None)
        if number is None or number in seen:
            yield _forget(found)
        elif found["revision"] != int(number):
            yield _difference(name, f"release {number} is numbered {found['revision']}", _renumber(found, int(number)))
        seen |= {number} if number else set()
    for number in releases.keys() - seen:
        # The controller itself adds the current one.
        made = [] if number == max(releases) else [_create_revision(live, releases[number])]
        yield _difference(name, f"release {number} is missing from its history", *made)


def _create_revision(live: Object, release: Object) -> Send:
    return Send("POST", _collection(live, "controllerrevisions"), _revision(live, release))


def _template(workload: Object) -> Object:
    template: Object = workload["spec"]["template"]
    return template


def _kept_template(revision: Object) -> Object:
    return comparable_template(kept_template(revision))


def _owned(found: Sequence[Object], owner: Object) -> list[Object]:
    uid = owner["metadata"]["uid"]
    return [one for one in found if any(o["uid"] == uid for o in one["metadata"].get("ownerReferences", []))]


def _difference(name: str, says: str, *acts: Send) -> Difference:
    return Difference("history", name, says, Stage.HISTORY, tuple(acts))


def _forget(found: Object) -> Difference:
    name = found["metadata"]["name"]
    act = Send("DELETE", _path(found), {"propagationPolicy": "Background", "gracePeriodSeconds": 0})
    return _difference(name, "a release that is not declared", act)


def _retire(found: Object) -> Difference:
    """A rolling update keeps the old release until the new one is there, and would make each removed pod anew."""
    act = Send("PATCH", _path(found), {"spec": {"replicas": 0}})
    return _difference(found["metadata"]["name"], "is the release before, and still has pods", act)


def _number(found: Object) -> str | None:
    annotations = _annotations(found)
    return None if PAST_REVISIONS in annotations else annotations.get(REVISION)


def _renumber_set(found: Object, number: str) -> Difference:
    act = _annotate(_path(found), {REVISION: number, PAST_REVISIONS: None})
    return _difference(found["metadata"]["name"], f"should be revision {number}", act)


def _renumber(found: Object, number: int) -> Send:
    return Send("PATCH", _path(found), {"revision": number})


def _annotate(path: str, annotations: dict[str, Any]) -> Send:
    return Send("PATCH", path, {"metadata": {"annotations": annotations}})


def _annotations(found: Object) -> dict[str, str]:
    return found["metadata"].get("annotations") or {}


def _path(found: Object) -> str:
    plural = "replicasets" if found["kind"] == "ReplicaSet" else "controllerrevisions"
    return f"{_collection(found, plural)}/{found['metadata']['name']}"


def _collection(found: Object, plural: str) -> str:
    return f"/apis/apps/v1/namespaces/{found['metadata']['namespace']}/{plural}"


def _create_set(made: Object) -> Send:
    return Send("POST", _collection(made, "replicasets"), made)


def _earlier_set(owner: Object, release: Object) -> Object:
    """As the Deployment's controller would have left it; it adopts what its selector and owner fit."""
    template = _template(release)
    digest = _digest(template)
    labels = template["metadata"]["labels"] | {POD_HASH: digest}
    replicas = owner["spec"]["replicas"]
    numbers = {REVISION: FIRST, DESIRED: str(replicas), MAXIMUM: str(replicas)}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": _metadata(owner, digest, labels) | {"annotations": _annotations(release) | numbers},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": template | {"metadata": template["metadata"] | {"labels": labels}},
        },
    }


def _revision(owner: Object, release: Object) -> Object:
    template = _template(release)
    digest = _digest(template)
    labels = template["metadata"]["labels"] | {"controller-revision-hash": digest}
    return {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": _metadata(owner, digest, labels) | {"annotations": _annotations(release)},
        "data": {"spec": {"template": template | {"$patch": "replace"}}},
        "revision": int(FIRST),
    }


def _metadata(owner: Object, digest: str, labels: dict[str, str]) -> Object:
    reference = {
        "apiVersion": "apps/v1",
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "name": f"{owner['metadata']['name']}-{digest}",
        "namespace": owner["metadata"]["namespace"],
        "labels": labels,
        "ownerReferences": [reference],
    }


def _digest(template: Object) -> str:
    return hashlib.sha256(json.dumps(template, sort_keys=True).encode()).hexdigest()[:10]
