"""Help with the options in groups: a command with thirty of them cannot be read as one list."""

from __future__ import annotations

from typing import Any

import click

_OTHERS = "Options"


class GroupedOption(click.Option):
    """An option that belongs to a group of them."""

    def __init__(self, *declarations: Any, group: str = _OTHERS, **attributes: Any) -> None:
        super().__init__(*declarations, **attributes)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose help lists its groups of options one after the other, the ungrouped ones last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write every option under its group's name."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                groups.setdefault(getattr(parameter, "group", _OTHERS), []).append(record)
        others = groups.pop(_OTHERS, [])
        for name, records in [*groups.items(), (_OTHERS, others)]:
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)
