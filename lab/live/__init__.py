"""The live world: the kind cluster seen and changed through the Kubernetes API, pod logs and Prometheus.

Does not belong here: any knowledge of a single incident (a scenario's data says all there is to say), rewards and
grades, and making the cluster or the shop (lab.cluster).
"""
