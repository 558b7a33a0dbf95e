"""Prometheus, asked through the API server's service proxy. PromQL comes from others; it is only carried here."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from prometheus_api_client import PrometheusConnect
from prometheus_api_client.exceptions import PrometheusApiClientException
from urllib3.util.retry import Retry

from lab.errors import ClusterGone
from lab.live.connection import Kube, proxy_path

TIMEOUT = 4


class Sample(NamedTuple):
    labels: Mapping[str, str]
    value: float


class Prometheus:
    def __init__(self, kube: Kube) -> None:
        self._kube = kube
        session = requests.Session()
        # An environment's proxy or certificates are not meant for a cluster on this machine.
        session.trust_env, session.verify = False, kube.authority_file
        url = f"{kube.host}{proxy_path(kube.backstage, 'prometheus')}"
        self._client = PrometheusConnect(url=url, session=session, retry=Retry(1, status=0), timeout=TIMEOUT)

    def close(self) -> None:
        self._client.close()

    def query(self, promql: str) -> list[Sample]:
        """An instant query; what is not a number is left out."""
        found = [Sample(entry["metric"], float(entry["value"][1])) for entry in self._asked(promql)]
        return [sample for sample in found if sample.value == sample.value]

    def number(self, promql: str) -> float | None:
        """The one value of a query that is a single figure; None where there is nothing to measure."""
        found = self.query(promql)
        return found[0].value if found else None

    def _asked(self, promql: str) -> list[dict[str, Any]]:
        self._client.headers = {"Authorization": f"Bearer {self._kube.token()}"}
        try:
            found: list[dict[str, Any]] = self._client.custom_query(promql, params={"timeout": f"{TIMEOUT}s"})
        except (requests.RequestException, PrometheusApiClientException, ValueError, KeyError) as error:
            raise ClusterGone(f"Prometheus does not answer: {error}") from error
        return found
