"""serve."""

from typing import Annotated

import typer

from lab.cli.output import say
from lab.cli.play import WorldOption


def serve(
    world: WorldOption = "auto",
    host: Annotated[str, typer.Option(help="127.0.0.1: this machine only; 0.0.0.0: everybody who reaches it.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 7860,
) -> None:
    """Serve the API and the page until stopped."""
    from lab.play import serving
    from lab.server.app import create_app
    from lab.worlds import choose

    choice = choose(world)
    say(choice.says)
    with serving.bound(host, port) as listener:
        say(f"Page and API: {serving.address(listener)}/ (documentation under /docs)")
        if not serving.is_loopback(host):
            say(f"Bound to {host}: whoever reaches this machine can play, and break the cluster's shop. No login.")
        serving.serve(create_app(choice.source), listener)


COMMANDS = (serve,)
