"""receipt: what a run cost, to the last digit."""

from __future__ import annotations

import json

import click
from rich.console import Console

from promptrelay.books.receipt import receipt
from promptrelay.cli.opened import open_database, the_run
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.receipt import receipt_text
from promptrelay.wiring import results_url


@click.command("receipt")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def receipt_of(run: str | None, *, as_json: bool) -> None:
    """Show answers by platform and outcome, and money by platform, of RUN (none: the newest).

    \b
    Examples:
      promptrelay receipt
      promptrelay receipt prompts --json
    """
    settings = load_settings()
    with open_database(settings) as database:
        found = receipt(database, the_run(database, run)["id"], results_url=results_url(settings))
    if as_json:
        click.echo(json.dumps(found))
    else:
        Console().print(receipt_text(found), markup=False)
