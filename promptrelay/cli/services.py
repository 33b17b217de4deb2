"""The processes of the stack as commands: worker, dispatcher, simulator."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import click

from config.log_lines import log_to_stderr
from promptrelay.broker import QUEUES
from promptrelay.cli.errors import CommandFailed, UsageWrong


@click.command()
@click.argument("queues", nargs=-1, required=True)
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=24,
    show_default=True,
    help="Threads of this worker.",
)
def worker(queues: tuple[str, ...], concurrency: int) -> None:
    """Consume QUEUES until told to end.

    \b
    Examples:
      promptrelay worker standard.post standard.collect standard.get upkeep
      promptrelay worker live.claude --concurrency 36
    """
    from workers.app import app  # noqa: PLC0415 - only this command needs the workers' world

    strangers = sorted(set(queues) - set(QUEUES))
    if strangers:
        raise UsageWrong(f"no such queue: {', '.join(strangers)}; there are {', '.join(QUEUES)}")
    name = f"{queues[0]}@%h" if len(queues) == 1 else "standard@%h"
    options = ["worker", "-Q", ",".join(queues), "-c", str(concurrency), "-n", name, "-P", "threads"]
    quiet = ["--without-gossip", "--without-mingle", "--loglevel", "INFO", "-E"]
    app.worker_main([*options, *quiet])


@click.command()
def dispatcher() -> None:
    """Claim due jobs, publish messages and give out upkeep, four times a second.

    Any number of them do no harm.

    \b
    Example:
      promptrelay dispatcher
    """
    from producers.dispatcher import TICK_S  # noqa: PLC0415
    from promptrelay.cli.dispatching import open_dispatcher  # noqa: PLC0415

    log_to_stderr()
    ending = ends_on_signal()
    clock = open_dispatcher()
    while not ending.is_set():
        clock.tick()
        ending.wait(TICK_S)


def ends_on_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    ending = threading.Event()

    def end(*_: Any) -> None:
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return ending


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to serve on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0 takes a free one."
)
@click.option("--port-file", type=click.Path(path_type=Path), help="Where to write the port.")
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="An option of the stand-in.")
@click.option("--list", "listed", is_flag=True, help="Show every option and end.")
def simulator(
    *, host: str, port: int, port_file: Path | None, changes: tuple[str, ...], listed: bool
) -> None:
    """Serve a stand-in of the provider with books of its own, for trials and tests.

    \b
    Example:
      promptrelay simulator --set time_scale=60 --set task_40103=0.05
    """
    from promptrelay.simulator.options import SimulatorOptions  # noqa: PLC0415
    from promptrelay.simulator.serve import serve  # noqa: PLC0415

    if listed:
        click.echo(SimulatorOptions.parse([]).describe())
        return
    try:
        options = SimulatorOptions.parse(changes)
    except ValueError as error:
        raise UsageWrong(str(error)) from None
    try:
        serve(options, host, port, port_file)
    except OSError as error:
        raise CommandFailed(
            f"{host}:{port} cannot be served on ({error.strerror}); choose another --port"
        ) from None
