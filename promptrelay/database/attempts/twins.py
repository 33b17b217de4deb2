"""Attempts that are settled while a second task under their tag is out (P10)."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.schema import attempts

# As the index of these few has it; only settling sets the first, and only a second task the other.
HAS_TWIN = sa.and_(attempts.c.settled_at.is_not(None), attempts.c.due_at.is_not(None))
