"""Which kinds of object the baseline watches, where they live, and what of an object is compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    name: str
    group: str
    plural: str
    namespaced: bool = True

    def collection(self, namespace: str | None) -> str:
        base = f"/api/{self.group}" if self.group == "v1" else f"/apis/{self.group}"
        return f"{base}/namespaces/{namespace}/{self.plural}" if self.namespaced else f"{base}/{self.plural}"


_ALL = (
    Kind("Namespace", "v1", "namespaces", namespaced=False),
    Kind("ConfigMap", "v1", "configmaps"),
    Kind("Secret", "v1", "secrets"),
    Kind("Service", "v1", "services"),
    Kind("ServiceAccount", "v1", "serviceaccounts"),
    Kind("PersistentVolumeClaim", "v1", "persistentvolumeclaims"),
    Kind("LimitRange", "v1", "limitranges"),
    Kind("ResourceQuota", "v1", "resourcequotas"),
    Kind("Deployment", "apps/v1", "deployments"),
    Kind("DaemonSet", "apps/v1", "daemonsets"),
    Kind("StatefulSet", "apps/v1", "statefulsets"),
    Kind("Job", "batch/v1", "jobs"),
    Kind("CronJob", "batch/v1", "cronjobs"),
    Kind("HorizontalPodAutoscaler", "autoscaling/v2", "horizontalpodautoscalers"),
    Kind("NetworkPolicy", "networking.k8s.io/v1", "networkpolicies"),
    Kind("Ingress", "networking.k8s.io/v1", "ingresses"),
    Kind("PodDisruptionBudget", "policy/v1", "poddisruptionbudgets"),
    Kind("Role", "rbac.authorization.k8s.io/v1", "roles"),
    Kind("RoleBinding", "rbac.authorization.k8s.io/v1", "rolebindings"),
    Kind("ClusterRole", "rbac.authorization.k8s.io/v1", "clusterroles", namespaced=False),
    Kind("ClusterRoleBinding", "rbac.authorization.k8s.io/v1", "clusterrolebindings", namespaced=False),
)
KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
WORKLOADS = frozenset({"Deployment", "DaemonSet", "StatefulSet", "Job", "CronJob"})

# Every namespace is given these by the cluster itself.
_GIVEN = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
_SERVERS_OWN_LABEL = "kubernetes.io/metadata.name"
# Written by controllers, not by people; revisions are compared with the history.
_CONTROLLERS_ANNOTATIONS = frozenset({"deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"})
_ASSIGNED = frozenset({"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"})


def path_of(found: Object, namespace: str | None = None) -> str:
    kind = KINDS[found["kind"]]
    return f"{kind.collection(namespace or found['metadata'].get('namespace'))}/{found['metadata']['name']}"


def is_given(found: Object) -> bool:
    return (found["kind"], found["metadata"]["name"]) in _GIVEN


def compared(found: Object) -> Object:
    """The object without what the server adds to each (times, identities, status, addresses)."""
    rest = {key: value for key, value in found.items() if key not in ("metadata", "status")}
    if found["kind"] == "Service":
        rest["spec"] = _without_addresses(found["spec"])
    metadata = found["metadata"]
    annotations = metadata.get("annotations") or {}
    kept = {key: value for key, value in annotations.items() if key not in _CONTROLLERS_ANNOTATIONS}
    labels = {key: value for key, value in (metadata.get("labels") or {}).items() if key != _SERVERS_OWN_LABEL}
    return rest | {"metadata": {"labels": labels, "annotations": kept}}


def _without_addresses(spec: Object) -> Object:
    rest = {key: value for key, value in spec.items() if key not in _ASSIGNED}
    return rest | {"headless": spec.get("clusterIP") == "None"}
