"""One digest over all that the baseline is, and its readable parts. Pure.

Left out is what differs between two healthy moments: names and times of pods, addresses, orders made by the load.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lab.cluster.names import REVISION, kept_template
from lab.cluster.pod import app_of, is_ready, name_of, restarts_of
from lab.live.baseline import database
from lab.live.baseline.caches import EDGE, is_warm
from lab.live.baseline.history import comparable_template
from lab.live.baseline.kinds import compared
from lab.live.baseline.values import Object, Seen


@dataclass(frozen=True, slots=True)
class Fingerprint:
    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        return _digest(dict(self.parts))

    def differs_from(self, other: "Fingerprint") -> tuple[str, ...]:
        names = sorted(self.parts.keys() | other.parts.keys())
        return tuple(name for name in names if self.parts.get(name) != other.parts.get(name))


def fingerprint(seen: Seen) -> Fingerprint:
    parts = {path: _digest(compared(found)) for path, found in seen.objects.items()}
    parts |= {f"history {name}": text for name, text in _history(seen).items()}
    parts |= {f"pods {name}": text for name, text in _pods(seen).items()}
    parts |= {f"node {name}": _digest([node.rules, node.kept_files]) for name, node in seen.nodes.items()}
    parts |= {f"login {user}": fits for user, fits in _logins(seen)}
    if seen.database:
        parts |= {f"database {name}": digest for name, digest in seen.database.digests.items()}
        parts["database roles"] = _digest(sorted(seen.database.verifiers))
    return Fingerprint(dict(sorted(parts.items())))


def _logins(seen: Seen) -> Iterator[tuple[str, str]]:
    """Whether each secret's password is the one that the database knows."""
    verifiers = seen.database.verifiers if seen.database else {}
    for secret in database.logins(seen.objects.values()):
        user, password = database.login_of(secret)
        yield user, "fits" if database.fits(verifiers.get(user, ""), password) else "does not fit"


def _history(seen: Seen) -> dict[str, str]:
    found = [(_owner(s), _number(s), s["spec"]["template"]) for s in seen.replica_sets]
    found += [(_owner(r), str(r["revision"]), kept_template(r)) for r in seen.revisions]
    return {f"{owner} {number}": _digest(comparable_template(template)) for owner, number, template in found}


def _pods(seen: Seen) -> dict[str, str]:
    """What kind of pod, how many of it: `api-gateway on az-1's node ready, concerns`."""
    counted: dict[str, int] = {}
    for pod in seen.pods:
        state = _pod_state(pod, seen)
        counted[state] = counted.get(state, 0) + 1
    return {state: str(number) for state, number in counted.items()}


def _pod_state(pod: Object, seen: Seen) -> str:
    process = seen.processes.get(name_of(pod))
    settings = _digest([_settings(container) for container in pod["spec"]["containers"]])
    concerns = ",".join(sorted(process.concerns)) if process else "-"
    generation = process.gauges.get("db_credentials_generation", "-") if process else "-"
    words = (
        app_of(pod),
        settings,
        pod["spec"].get("nodeName"),
        "ready" if is_ready(pod) else "unready",
        f"restarts={restarts_of(pod)}",
    )
    warm = ("warm" if is_warm(process) else "cold",) if app_of(pod) == EDGE else ()
    return " ".join((*map(str, words), f"concerns={concerns}", f"credentials={generation}", *warm))


def _settings(container: Object) -> Object:
    env = sorted(container.get("env", []), key=lambda entry: str(entry["name"]))
    return {key: container.get(key) for key in ("image", "args", "resources")} | {"env": env}


def _owner(found: Object) -> str:
    owners = found["metadata"].get("ownerReferences") or [{"name": "nobody"}]
    return str(owners[0]["name"])


def _number(replica_set: Object) -> str:
    return str((replica_set["metadata"].get("annotations") or {}).get(REVISION))


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
