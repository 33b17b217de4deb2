"""up: the whole stack on this machine, until told to end."""

from __future__ import annotations

import click
from rich.console import Console

from promptrelay.cli.before_sending import refuse_what_cannot_serve
from promptrelay.cli.ending import drain_then_end
from promptrelay.cli.opened import open_database
from promptrelay.cli.outlasting import outlast_the_terminal
from promptrelay.cli.settings import load_settings
from promptrelay.data_dir import DataDir
from promptrelay.domain.platform import Platform
from promptrelay.stack.embedded_stack import EmbeddedStack


@click.command()
@click.option("--simulate", is_flag=True, help="With a stand-in of the provider.")
@click.option("--flower", is_flag=True, help="Serve Flower on loopback.")
@click.option(
    "--flower-port",
    type=click.IntRange(1, 65535),
    default=5555,
    show_default=True,
    help="The port of Flower.",
)
@click.option("--simulator-option", "simulator_options", multiple=True, metavar="KEY=VALUE", hidden=True)
def up(*, simulate: bool, flower: bool, flower_port: int, simulator_options: tuple[str, ...]) -> None:
    """Start Redis, dispatcher and workers, keep them running, and end them all on Ctrl-C.

    A hang-up of its terminal ends them too, once the calls in flight are over; under nohup they go on.

    \b
    Example:
      promptrelay up --flower
    """
    settings = load_settings(simulate=simulate)
    outlast_the_terminal()
    console = Console()
    stack = EmbeddedStack(
        settings,
        DataDir(settings.data_dir).make(),
        simulate,
        lambda event: console.print(str(event), markup=False, highlight=False),
        flower_port=flower_port if flower else None,
        simulator_options=simulator_options,
    )
    stack.check()
    with open_database(settings):
        refuse_what_cannot_serve(settings)
    ending = drain_then_end()
    try:
        stack.tend(list(Platform))
        if flower:
            console.print(f"Flower: http://127.0.0.1:{flower_port}", highlight=False)
        while not ending.wait(0.5):
            stack.tend(list(Platform))
    finally:
        stack.stop()
