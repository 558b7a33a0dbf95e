"""What goes on beside other work, again and again."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def every(seconds: float, act: Callable[[], None]) -> Iterator[None]:
    """`act` each so many seconds, in a thread that ends with the block; not at its beginning."""
    over = threading.Event()

    def acts() -> None:
        while not over.wait(seconds):
            act()

    thread = threading.Thread(target=acts, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
