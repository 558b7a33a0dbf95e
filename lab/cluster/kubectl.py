"""kubectl as it stands in every node image: for the first steps, when all there is of the cluster is its nodes."""

from lab.cluster.paths import CLUSTER
from lab.cluster.process import run

ADMIN = "/etc/kubernetes/admin.conf"


def kubectl(*words: str, stdin: str = "", timeout: float = 60) -> str:
    node = f"{CLUSTER}-control-plane"
    return run(
        ["docker", "exec", "--interactive", node, "kubectl", "--kubeconfig", ADMIN, *words],
        stdin=stdin,
        timeout=timeout,
    )
