"""The server's side of a connection that does not wait for ever: a request's head comes soon and is not endless.

The server itself bounds only the pause between two requests.
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_SECONDS = 20.0
HEAD_LIMIT = 256 * 1024


class Impatient(HttpToolsProtocol):
    """Looks up now and then: who is still at the same head as the last time is hung up on."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its base
        super().connection_made(transport)
        self._heads = self._heads_before = self._head_size = 0
        self._waits = True
        self._look_up = self.loop.call_later(HEAD_SECONDS, self._must_go_on)

    def connection_lost(self, exc: Exception | None) -> None:
        self._look_up.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._waits:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT:
                self.transport.close()

    def handle_websocket_upgrade(self) -> None:
        self._look_up.cancel()
        super().handle_websocket_upgrade()

    def on_message_begin(self) -> None:
        self._waits = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._waits, self._head_size = False, 0
        self._heads += 1
        super().on_headers_complete()

    def _must_go_on(self) -> None:
        if self._waits and self._heads == self._heads_before:
            self.transport.close()
            return
        self._heads_before = self._heads
        self._look_up = self.loop.call_later(HEAD_SECONDS, self._must_go_on)
