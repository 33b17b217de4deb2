"""Rooms for what needs a database and a store only."""

from __future__ import annotations

from tests.integration.workers.bare_rooms import (
    rooms,
)

__all__ = ["rooms"]
