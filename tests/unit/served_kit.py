"""A server of a test's own on a free port, without the page, which takes seconds to load and a thread that warns."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from lab.play.serving import Served, serving
from lab.worlds import WorldSource
from tests.unit.server_kit import quiet


@contextmanager
def served_over(source: WorldSource) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAB_PAGE_READY", "false")
        with serving(source, 0, log=quiet()) as served:
            yield served


def load_openenv(url: str) -> None:
    """It is loaded at the first request, for which a busy machine may take longer than OpenEnv's clients wait."""
    assert httpx.get(f"{url}/openenv/health", timeout=90).status_code == 200
