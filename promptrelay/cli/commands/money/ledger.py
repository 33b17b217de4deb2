"""ledger: where all the money is."""

from __future__ import annotations

import json

import click

from promptrelay.books.totals import totals
from promptrelay.cli.opened import open_database, the_run
from promptrelay.cli.settings import load_settings


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ledger(run: str | None, *, as_json: bool) -> None:
    """Show the ledger's accounts, of all runs or of RUN; their sum is always zero.

    \b
    Examples:
      promptrelay ledger
      promptrelay ledger prompts --json
    """
    settings = load_settings()
    with open_database(settings) as database:
        found = totals(database, the_run(database, run)["id"] if run else None)
    if as_json:
        click.echo(json.dumps(found))
        return
    for name, amount in found["accounts"].items():
        click.echo(f"{name:12} {amount:>20}")
    click.echo(f"{'sum':12} {found['sum']:>20}")
