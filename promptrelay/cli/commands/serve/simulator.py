"""simulator: the provider's stand-in as a process."""

from __future__ import annotations

from pathlib import Path

import click

from promptrelay.cli.errors import CommandFailed, UsageWrong


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
    from promptrelay.simulator.http.serve import serve  # noqa: PLC0415
    from promptrelay.simulator.options import SimulatorOptions  # noqa: PLC0415

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
