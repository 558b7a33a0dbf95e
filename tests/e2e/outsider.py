"""What somebody outside does to the cluster: each comes back by itself, as it would in production."""

from lab.cluster import kind
from lab.cluster.process import run
from lab.live.baseline.cluster import LabCluster


def take_away(namespace: str, app: str) -> None:
    """All its pods, at once."""
    with LabCluster.own() as cluster:
        pods = cluster.get(f"/api/v1/namespaces/{namespace}/pods?labelSelector=app%3D{app}")["items"]
        for pod in pods:
            path = f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}"
            cluster.delete(path, {"gracePeriodSeconds": 0})


def kill_api_server() -> None:
    (master,) = kind.running_since().keys() - set(workers())
    run(["docker", "exec", master, "sh", "-c", "kill -9 $(pidof kube-apiserver)"], timeout=60)


def bounce(node: str) -> None:
    run(["docker", "kill", node], timeout=60)
    run(["docker", "start", node], timeout=120)


def workers() -> list[str]:
    return sorted(name for name in kind.running_since() if "control-plane" not in name)
