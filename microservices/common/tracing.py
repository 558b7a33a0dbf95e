"""Trace context for the services that are called, in the W3C's header; none unless a release asks for it."""

import secrets
import uuid

from microservices.common import logs
from microservices.common.settings import ServiceSettings

TRACES = uuid.UUID("0d7a6f0e-3f0b-4a53-9d0c-6b1f6d0f8a11")

_passed_on = False


def configure(settings: ServiceSettings) -> None:
    global _passed_on
    _passed_on = settings.tracing_headers == "w3c"


def headers() -> dict[str, str]:
    """All calls that one request causes share their trace, which is made of the request's id."""
    if not _passed_on:
        return {}
    trace = uuid.uuid5(TRACES, logs.request_id.get()).hex
    return {"traceparent": f"00-{trace}-{secrets.token_hex(8)}-01"}
