"""What the workshop does on the cluster, done as written."""

import pytest

from tests.unit.doc_kit import ROOT, Command, Reader, commands_of

DOCUMENTS = ("docs/workshop.md",)
COMMANDS = [command for document in DOCUMENTS for command in commands_of(document) if command.word == "live"]
# A first `make up` compiles the nodes' programs where no registry answers.
PATIENCE = 2_400.0


@pytest.mark.live
@pytest.mark.timeout(PATIENCE)
@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_on_the_cluster(command: Command) -> None:
    """In the checkout itself: images are made of its sources, and the cluster is known by them."""
    with Reader(ROOT, {}) as reader:
        reader.does(command, PATIENCE)
