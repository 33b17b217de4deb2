"""settings: every setting with its value, where it comes from, and its default."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import click
from pydantic import SecretStr
from rich.table import Table

from config.origins import PREFIX, origins
from config.settings import Settings
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.plan import plan_console
from promptrelay.visible import visible

_SECRET = ("api_login", "api_password")
_MASK = "***"


@click.command()
@click.option("--changed", is_flag=True, help="Only those that are not at their default.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_settings(*, changed: bool, as_json: bool) -> None:
    """Show each setting, its value, where it comes from and its default. Secrets are masked.

    What comes from the environment goes before what a secret's file or .env in the working directory says.

    \b
    Examples:
      promptrelay settings --changed
      promptrelay settings --json
    """
    listed = _listed(load_settings())
    if changed:
        listed = [one for one in listed if one["origin"] != "default"]
    if as_json:
        click.echo(json.dumps({"settings": listed}))
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("setting", "value", "from", "default"):
        table.add_column(name, overflow="fold")
    for one in listed:
        cells = (one["name"], _cell(one["value"]), one["origin"], _cell(one["default"]))
        table.add_row(*map(visible, cells), style="" if one["origin"] == "default" else "bold")
    plan_console().print(table, markup=False, highlight=False)


def _listed(settings: Settings) -> list[dict[str, Any]]:
    found = origins(Settings.model_fields)
    return [
        {
            "name": f"{PREFIX}{name.upper()}",
            "value": _shown(name, getattr(settings, name)),
            "origin": found.get(name, "default"),
            "default": _shown(name, field.default),
        }
        for name, field in Settings.model_fields.items()
    ]


def _shown(name: str, value: object) -> Any:
    """The value as JSON has it, without what is secret in it."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if name in _SECRET:
        return _MASK if value else ""
    if isinstance(value, bool | int | float) or value is None:
        return value
    return _without_password(str(value))


def _without_password(text: str) -> str:
    """An address without the password in it; without anything that may be one, if it is no address."""
    if "@" not in text or "://" not in text:
        return text
    try:
        address = urlsplit(text)
        secret = address.password
    except ValueError:
        return _MASK
    scheme, _, rest = text.partition("://")
    owner, _, place = rest.rpartition("@")
    return text if secret is None else f"{scheme}://{owner.partition(':')[0]}:{_MASK}@{place}"


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    return ("off", "on")[value] if isinstance(value, bool) else str(value)
