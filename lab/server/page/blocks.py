"""The page put together in Gradio: regions of HTML, and what a click in each of them calls."""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from lab.server.page import views
from lab.server.page.game import Game, Screen, Seat
from lab.server.page.markup import tag
from lab.server.sessions import Sessions

TITLE = "Cloud Incident Lab"
SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "DejaVu Sans", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "DejaVu Sans Mono", "monospace"]
WATCH_SECONDS = 3.0
_HERE = Path(__file__).parent
_SCRIPT = (_HERE / "page.js").read_text("utf-8")
_STYLE = (_HERE / "page.css").read_text("utf-8")


class Page:
    """The components, and which of them a screen changes."""

    def __init__(self, game: Game) -> None:
        self._game, self._numbers = game, count()
        self._regions: dict[str, gr.HTML] = {}
        with gr.Blocks(analytics_enabled=False, title=TITLE, fill_width=True) as self.blocks:
            self._lay_out()
            self._connect()
        self.blocks.queue(default_concurrency_limit=None)

    def _lay_out(self) -> None:
        lobby = self._game.leave().regions
        self._seat = gr.State(Seat())
        self._region("head", ("leave",), lobby["head"])
        self._region("status", (), lobby["status"])
        self._region("lobby", ("begin",), lobby["lobby"])
        with gr.Row(visible=False, elem_id="room") as self._room:
            with gr.Column(elem_id="left"):
                self._region("alert")
                self._region("desk", ("act",))
            with gr.Column(elem_id="right"):
                self._region("tabs", value=views.tabs())
                self._region("views", ("leave",))
            self._region("go", value=views.ways())

    def _region(self, name: str, events: tuple[str, ...] = (), value: str = "<p></p>") -> None:
        # Gradio finds the events that a component may trigger by their quoted names in its script.
        script = f"const region = '{name}', events = {list(events)};\n{_SCRIPT}"
        self._regions[name] = gr.HTML(value, elem_id=name, js_on_load=script, apply_default_css=False)

    def _connect(self) -> None:
        anything = [self._seat, self._room, *self._regions.values()]
        # What is named as an output is drawn anew, so a step names no more than it changes.
        by_step = [self._seat, self._regions["status"], self._regions["views"]]
        # The line that tells how things stand is the only sign of progress.
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        self.blocks.load(self._arrive, outputs=anything, **quietly)
        for name in ("head", "views"):
            self._regions[name].leave(self._leave, outputs=anything, **quietly)
        self._regions["lobby"].begin(self._begin, outputs=anything, **quietly)
        self._regions["desk"].act(self._act, inputs=[self._seat], outputs=by_step, **quietly)
        if self._game.sessions.source.exclusive:
            gr.Timer(WATCH_SECONDS).tick(self._watch, inputs=[self._seat], outputs=by_step, **quietly)

    def _arrive(self, request: gr.Request) -> Mapping[Any, Any]:
        return self._updates(self._game.arrive(str(request.query_params.get("episode", ""))))

    def _leave(self) -> Mapping[Any, Any]:
        return self._updates(self._game.leave())

    def _begin(self, event: gr.EventData) -> Iterator[Mapping[Any, Any]]:
        for screen in self._game.begin(_sent(event)):
            yield self._updates(screen)

    def _act(self, seat: Seat, event: gr.EventData) -> Mapping[Any, Any]:
        return self._updates(self._game.act(seat, _sent(event)))

    def _watch(self, seat: Seat) -> Mapping[Any, Any]:
        return self._updates(self._game.watch(seat))

    def _updates(self, screen: Screen) -> Mapping[Any, Any]:
        changed: dict[Any, Any] = {self._regions[name]: str(html) for name, html in screen.regions.items()}
        if "status" in screen.regions:
            # Told anew even where it says the same: the page waits for it.
            fresh = tag("i", hidden=True, data_number=next(self._numbers))
            changed[self._regions["status"]] = f"{screen.regions['status']}{fresh}"
        if screen.seat is not None:
            changed[self._seat] = screen.seat
        if screen.in_room is not None:
            changed[self._room] = gr.update(visible=screen.in_room)
            changed[self._regions["lobby"]] = gr.update(visible=not screen.in_room, **_value(screen, "lobby"))
        return changed or {self._seat: gr.skip()}


def gradio_app(sessions: Sessions) -> FastAPI:
    """An app of its own with the page at its root; its paths are let through one by one, by the door."""
    page = Page(Game(sessions))
    theme = gr.themes.Base(font=SANS, font_mono=MONO)
    # No documentation, no sharing, no history, no tools: the page and nothing else.
    app: FastAPI = gr.mount_gradio_app(
        FastAPI(docs_url=None, redoc_url=None, openapi_url=None),
        page.blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        mcp_server=False,
        pwa=False,
        theme=theme,
        css=_STYLE,
        head='<meta name="robots" content="noindex">',
    )
    return app


def _sent(event: gr.EventData) -> Mapping[str, Any]:
    return event._data if isinstance(event._data, Mapping) else {}


def _value(screen: Screen, name: str) -> dict[str, str]:
    return {"value": str(screen.regions[name])} if name in screen.regions else {}
