"""Whatever is sent to the API, the answer is documented, has the documented shape, and is never a server error."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lab.scenarios import get
from lab.server.app import create_app
from lab.server.settings import ServerSettings
from tests.unit.server_kit import TinySource, quiet

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
]
app = create_app(TinySource(), ServerSettings(openenv_ready=False, page_ready=False), quiet())
schema = schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    """Hypothesis parses sources to tell its strategies; CPython 3.11 fails at that (SystemError, AST constructor) where
    the collector runs in the middle of it and what it ends parses as well, as a traceback does."""
    gc.disable()
    yield
    gc.enable()


@schema.parametrize()
@settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_request(case: schemathesis.Case[Any]) -> None:
    # A running episode for each, so that steps reach the world and not only the end of an old one.
    app.state.sessions.reset(get("RP-001"), 0)
    case.call_and_validate(checks=CHECKS)
