"""Empty migrated databases under a clock that stands still."""

from __future__ import annotations

from tests.integration.database.conftest import (
    clock,
    database,
    open_database,
)

__all__ = ["clock", "database", "open_database"]
