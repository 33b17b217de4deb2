"""schema: what a campaign file may say, for editors and other programs."""

from __future__ import annotations

import json

import click

from producers.campaign.schema import campaign_schema


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The same: the schema is JSON.")
def schema(*, as_json: bool) -> None:  # noqa: ARG001 - every command takes --json
    """Print the JSON Schema of campaign files, for editors that complete and check YAML by it.

    \b
    Example:
      promptrelay schema > campaign.schema.json
    """
    click.echo(json.dumps(campaign_schema(), indent=2, ensure_ascii=False))
