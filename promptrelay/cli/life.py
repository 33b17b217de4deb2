"""The signs of life as commands show them: one line each, on standard error or under `signs` in JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from config.settings import Settings
from promptrelay.books.signs import Sign, SignKind, signs
from promptrelay.cli.calendar import schedules_now
from promptrelay.database.database import Database
from promptrelay.domain.clock import Clock

_ASK_EVERY_S = 5.0


def signs_of_life(settings: Settings, database: Database) -> list[Sign]:
    """What is not as it should be now."""
    with database.read() as connection:
        return signs(connection, schedules_now(settings, connection))


def say(found: Sequence[Sign]) -> None:
    """A line each, beside what the command prints."""
    for sign in found:
        click.echo(str(sign), err=True)


def as_json(found: Sequence[Sign]) -> list[dict[str, Any]]:
    """Them all as other tools read them."""
    return [sign.as_json() for sign in found]


class Lookout:
    """Looks for signs while a command waits, and tells each line once while it lasts.

    What is waited for is left to the progress. In the first `patience_s` nothing is told: a stack starts.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock,
        *,
        patience_s: float = 0.0,
        told: Sequence[Sign] = (),
    ) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._next_at = clock.boottime() + patience_s
        self._told = {str(sign) for sign in told}

    def news(self) -> list[str]:
        """The lines that were not told yet."""
        if self._clock.boottime() < self._next_at:
            return []
        self._next_at = self._clock.boottime() + _ASK_EVERY_S
        found = signs_of_life(self._settings, self._database)
        lines = {str(sign) for sign in found if sign.kind is not SignKind.WAITS}
        fresh = sorted(lines - self._told)
        self._told = lines
        return fresh
