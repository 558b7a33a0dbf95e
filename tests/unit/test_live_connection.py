import json
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lab.errors import ClusterGone
from lab.live.connection import MERGE, Kube, KubeRefused, ServiceFailed, proxy_path
from lab.live.prometheus import Prometheus


class Answers:
    """What the server answers to each path, and what it was asked."""

    def __init__(self) -> None:
        self.by_path: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.ready = threading.Event()
        self.ready.set()


@contextmanager
def served() -> Iterator[tuple[str, Answers]]:
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            answers.ready.wait(5)
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answers.asked.append((self.command, self.path, dict(self.headers), body))
            code, found = answers.by_path.get(self.path.partition("?")[0], (404, {"message": "not found"}))
            content = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(code)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", answers
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def connected() -> Iterator[tuple[Kube, Answers]]:
    with served() as (url, answers):
        kube = Kube(url, b"", lambda: "the-token")
        try:
            yield kube, answers
        finally:
            kube.close()


def test_every_call_bears_the_token() -> None:
    with connected() as (kube, answers):
        answers.by_path["/api/v1/nodes"] = (200, {"items": []})
        assert kube.get("/api/v1/nodes", resourceVersion="0") == {"items": []}
    ((verb, path, headers, _),) = answers.asked
    assert (verb, path) == ("GET", "/api/v1/nodes?resourceVersion=0")
    assert headers["Authorization"] == "Bearer the-token"


def test_a_patch_says_its_kind() -> None:
    with connected() as (kube, answers):
        answers.by_path["/x"] = (200, {})
        kube.patch("/x", {"spec": {}}, MERGE)
    ((verb, _, headers, body),) = answers.asked
    assert (verb, headers["Content-Type"], body) == ("PATCH", MERGE, b'{"spec": {}}')


@pytest.mark.parametrize("code", [400, 403, 404, 409, 422])
def test_no_is_a_refusal_with_its_code(code: int) -> None:
    with connected() as (kube, answers):
        answers.by_path["/x"] = (code, {"message": "no, because"})
        with pytest.raises(KubeRefused, match=f"{code}: no, because") as refused:
            kube.get("/x")
    assert refused.value.code == code


@pytest.mark.parametrize("code", [401, 429, 500, 503])
def test_what_no_agent_is_to_blame_for_is_a_cluster_that_is_gone(code: int) -> None:
    with connected() as (kube, answers):
        answers.by_path["/x"] = (code, {"message": "later"})
        with pytest.raises(ClusterGone, match="later"):
            kube.get("/x")


def test_a_cluster_that_does_not_answer_is_gone_and_the_cause_is_kept() -> None:
    with served() as (url, _):
        closed = url
    kube = Kube(closed, b"", lambda: "")
    with pytest.raises(ClusterGone) as gone:
        kube.get("/x")
    assert gone.value.__cause__ is not None
    kube.close()


def test_an_answer_that_is_no_json_is_not_taken_for_one() -> None:
    with connected() as (kube, answers):
        answers.by_path["/x"] = (200, b"<html>")
        with pytest.raises(ClusterGone, match="cannot be read"):
            kube.get("/x")


def test_what_is_not_there_can_be_looked_for() -> None:
    with connected() as (kube, answers):
        answers.by_path["/there"] = (200, {"kind": "Pod"})
        answers.by_path["/forbidden"] = (403, {"message": "no"})
        assert kube.find("/there") == {"kind": "Pod"}
        assert kube.find("/not-there") is None
        with pytest.raises(KubeRefused):
            kube.find("/forbidden")


def test_a_services_own_failure_is_that_services() -> None:
    with connected() as (kube, answers):
        answers.by_path[f"{proxy_path('shop', 'config-service')}/flags"] = (503, {"detail": "no database"})
        with pytest.raises(ServiceFailed, match="config-service answered 503: no database"):
            kube.ask("config-service", "GET", "/flags")


def test_a_service_that_hangs_has_failed_and_the_cluster_is_still_there() -> None:
    with connected() as (kube, answers):
        answers.ready.clear()
        with pytest.raises(ServiceFailed, match="nothing within"):
            kube.ask("config-service", "POST", "/ops/rotate-credentials", timeout=0.1)
        answers.ready.set()


def test_a_service_is_asked_through_the_proxy() -> None:
    with connected() as (kube, answers):
        answers.by_path[f"{proxy_path('shop', 'config-service')}/flags/x"] = (200, {"was": True})
        assert kube.ask("config-service", "PUT", "/flags/x", {"enabled": False}) == {"was": True}
    ((verb, path, _, body),) = answers.asked
    assert (verb, body) == ("PUT", b'{"enabled": false}')
    assert path == "/api/v1/namespaces/shop/services/config-service:http/proxy/flags/x"


def test_a_name_cannot_leave_its_place_in_a_path() -> None:
    assert proxy_path("shop", "../secrets/x?y") == "/api/v1/namespaces/shop/services/..%2Fsecrets%2Fx%3Fy:http/proxy"


QUERY = f"{proxy_path('backstage', 'prometheus')}/api/v1/query"


def vector(*values: str) -> dict[str, Any]:
    return {"data": {"result": [{"metric": {"n": str(n)}, "value": [0, value]} for n, value in enumerate(values)]}}


def test_prometheus_answers_samples_without_those_that_are_no_number() -> None:
    with connected() as (kube, answers):
        answers.by_path[QUERY] = (200, vector("1.5", "NaN", "+Inf"))
        with closing(Prometheus(kube)) as prometheus:
            found = prometheus.query("up")
    assert [(sample.labels["n"], sample.value) for sample in found] == [("0", 1.5), ("2", float("inf"))]
    assert answers.asked[0][2]["Authorization"] == "Bearer the-token"


def test_a_single_figure_or_none() -> None:
    with connected() as (kube, answers), closing(Prometheus(kube)) as prometheus:
        answers.by_path[QUERY] = (200, vector("7"))
        assert prometheus.number("x") == 7.0
        answers.by_path[QUERY] = (200, vector())
        assert prometheus.number("x") is None


@pytest.mark.parametrize(
    "answer", [(503, {"message": "no endpoints"}), (400, {"error": "bad"}), (200, {"data": {}}), (200, b"x")]
)
def test_a_silent_or_strange_prometheus_is_the_labs_trouble(answer: tuple[int, Any]) -> None:
    with connected() as (kube, answers), closing(Prometheus(kube)) as prometheus:
        answers.by_path[QUERY] = answer
        with pytest.raises(ClusterGone, match="Prometheus does not answer"):
            prometheus.query("up")
