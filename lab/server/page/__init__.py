"""The web page: an incident played by hand, drawn with Gradio and driven through the same sessions as the API.

What an episode earns or scores does not belong here, nor a list of actions: buttons are made from `lab.actions`.
"""

import asyncio
from importlib.util import find_spec

from fastapi import FastAPI

from lab.server import welcome
from lab.server.lazy import LazyApp
from lab.server.page.door import PageRoute
from lab.server.sessions import Sessions


def mount(app: FastAPI, sessions: Sessions) -> LazyApp | None:
    """The page behind the scenes, and the welcome page until it is loaded; only that where Gradio is not installed."""
    if find_spec("gradio") is None:
        welcome.mount(app, sessions)
        return None
    lazy = LazyApp(lambda: _built(sessions))
    app.router.routes.append(PageRoute(lazy, lambda: welcome.page(sessions, loading=True)))
    return lazy


def _built(sessions: Sessions) -> FastAPI:
    # Here and not above: Gradio takes seconds to load.
    from lab.server.page.blocks import gradio_app

    async def build() -> FastAPI:
        return gradio_app(sessions)

    # Within a loop that runs: where none does, Gradio makes one for each of its locks and closes none.
    return asyncio.run(build())
