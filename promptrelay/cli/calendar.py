"""The time that schedules live by, as the settings have it."""

from __future__ import annotations

import sqlalchemy as sa

from config.settings import Settings
from promptrelay.cli.errors import SettingsWrong
from promptrelay.database.clock import database_time
from promptrelay.domain.calendar import Calendar, ScaledCalendar, TrueCalendar


def calendar_of(settings: Settings) -> Calendar:
    """The database's time; a test may let the days pass faster. Raises SettingsWrong."""
    if settings.calendar_file is None:
        return TrueCalendar()
    if not settings.testing:
        raise SettingsWrong("PROMPTRELAY_CALENDAR_FILE works only with PROMPTRELAY_TESTING=1")
    return ScaledCalendar(settings.calendar_file)


def schedules_now(settings: Settings, connection: sa.Connection) -> float:
    """Now by the schedules' time."""
    return calendar_of(settings).at(database_time(connection))
