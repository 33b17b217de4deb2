"""Asks before something that cannot be taken back."""

from __future__ import annotations

import sys

import click

from promptrelay.cli.errors import UsageWrong


def ask(question: str, *, yes: bool) -> None:
    """Go on only with a yes; on standard error, so that JSON stays alone. Raises UsageWrong."""
    if yes:
        return
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        raise UsageWrong(
            "nobody is there to answer; nothing was changed. Add --yes to go on unasked"
        ) from None
    if not agreed:
        click.echo("nothing was changed", err=True)
        raise click.exceptions.Exit(1)
