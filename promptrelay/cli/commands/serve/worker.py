"""worker: consumes queues."""

from __future__ import annotations

import click

from promptrelay.broker import QUEUES
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.settings import load_settings


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

    Waits for a database without tables and for a Redis that cannot serve, and says so in its log and in
    `promptrelay status`.

    \b
    Examples:
      promptrelay worker standard.post standard.collect standard.get upkeep
      promptrelay worker live.claude --concurrency 36
    """
    load_settings()
    from workers.app import consume  # noqa: PLC0415 - only this command needs the workers' world

    strangers = sorted(set(queues) - set(QUEUES))
    if strangers:
        raise UsageWrong(f"no such queue: {', '.join(strangers)}; there are {', '.join(QUEUES)}")
    name = f"{queues[0]}@%h" if len(queues) == 1 else "standard@%h"
    raise click.exceptions.Exit(consume(name, queues, concurrency))
