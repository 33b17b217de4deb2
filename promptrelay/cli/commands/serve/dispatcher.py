"""dispatcher: the clock as a process."""

from __future__ import annotations

import click

from config.log_lines import log_to_stderr
from promptrelay.cli.ending import ends_on_signal


@click.command()
def dispatcher() -> None:
    """Claim due jobs, publish messages and give out upkeep, four times a second.

    Any number of them do no harm.

    \b
    Example:
      promptrelay dispatcher
    """
    from producers.clock.dispatcher import TICK_S  # noqa: PLC0415
    from promptrelay.cli.dispatcher_opening import open_dispatcher  # noqa: PLC0415

    log_to_stderr()
    ending = ends_on_signal()
    clock = open_dispatcher()
    while not ending.is_set():
        clock.tick()
        ending.wait(TICK_S)
