"""Names that Kubernetes gives, and the lab's two namespaces: each of them once."""

from lab.cluster.kube import Object

SHOP, BACKSTAGE = "shop", "backstage"
CHANGE_CAUSE = "kubernetes.io/change-cause"
REVISION = "deployment.kubernetes.io/revision"
# Added by controllers; no part of what a release is.
POD_HASH = "pod-template-hash"
STRATEGIC = "application/strategic-merge-patch+json"


def kept_template(controller_revision: Object) -> Object:
    """A DaemonSet's earlier pods as they were declared, without what tells the server how to merge them."""
    template: Object = controller_revision["data"]["spec"]["template"]
    return {key: value for key, value in template.items() if key != "$patch"}
