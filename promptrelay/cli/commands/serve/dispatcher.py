"""dispatcher: the clock as a process."""

from __future__ import annotations

import click

from config.log_lines import log_to_stderr
from promptrelay.cli.ending import ends_on_signal
from promptrelay.cli.settings import load_settings


@click.command()
def dispatcher() -> None:
    """Claim due jobs, publish messages and give out upkeep: four times a second, seldom while nothing is due.

    Any number of them do no harm. Waits for a database without tables, and says so.

    \b
    Example:
      promptrelay dispatcher
    """
    from producers.clock.rhythm import Rhythm  # noqa: PLC0415
    from promptrelay.cli.dispatcher_opening import heartbeat_of, open_dispatcher  # noqa: PLC0415

    log_to_stderr()
    settings = load_settings()
    clock = open_dispatcher(settings)
    # Only now: whoever waits for a database can be ended at any moment.
    ending = ends_on_signal()
    heartbeat = heartbeat_of(clock)
    heartbeat.start()
    try:
        Rhythm(clock, ending).go_on()
    finally:
        heartbeat.stop()
