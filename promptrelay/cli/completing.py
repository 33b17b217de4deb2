"""What the shell completes beside commands and options: platforms, and runs by id or campaign."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

_MOST = 50
_ANSWER_WITHIN_S = "2"


class RunName(click.types.StringParamType):
    """A run's id or campaign; completed from the database."""

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """Campaigns and ids that begin so, the newest first; none when the database does not answer."""
        try:
            return _runs(incomplete)
        # A shell waits for the key that was pressed: whatever is wrong, it is not said here.
        except Exception:  # noqa: BLE001
            return []


class PlatformName(click.types.StringParamType):
    """A platform's name."""

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002
        param: click.Parameter,  # noqa: ARG002
        incomplete: str,
    ) -> list[CompletionItem]:
        """The platforms that begin so."""
        from promptrelay.domain.platform import Platform  # noqa: PLC0415 - completing a command imports little

        return [CompletionItem(name) for name in Platform if name.startswith(incomplete)]


_TYPES = {"run": RunName(), "platforms": PlatformName()}


def complete_names(command: click.Command) -> None:
    """Let the shell complete the command's parameters that name runs and platforms."""
    for param in command.params:
        if param.name in _TYPES and type(param.type) is click.types.StringParamType:
            param.type = _TYPES[param.name]


def _runs(incomplete: str) -> list[CompletionItem]:
    # These are slow to import, and completing anything else needs none of them.
    from pathlib import Path  # noqa: PLC0415

    import sqlalchemy as sa  # noqa: PLC0415

    from promptrelay.cli.settings import load_settings  # noqa: PLC0415
    from promptrelay.database.schema import runs  # noqa: PLC0415
    from promptrelay.wiring import database_url  # noqa: PLC0415

    url = sa.make_url(database_url(load_settings()))
    if url.get_backend_name() == "sqlite":
        if not Path(url.database or "").is_file():
            return []
    else:
        url = url.set(drivername="postgresql+psycopg").update_query_dict(
            {"connect_timeout": _ANSWER_WITHIN_S}
        )
    columns = sa.select(runs.c.id, runs.c.campaign, runs.c.state).where(~runs.c.witness)
    engine = sa.create_engine(url, hide_parameters=True)
    with engine.connect() as connection:
        found = connection.execute(columns.order_by(runs.c.created_at.desc()).limit(_MOST)).all()
    names = {row.campaign: f"campaign, newest run {row.state}" for row in reversed(found)}
    names |= {row.id: f"{row.campaign}, {row.state}" for row in found}
    folded = incomplete.lower()
    return [
        CompletionItem(name, help=what) for name, what in names.items() if name.lower().startswith(folded)
    ]
