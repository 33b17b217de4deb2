"""A schedule on a real database under a calendar that is moved by hand."""

from __future__ import annotations

from tests.integration.producers.schedules.scene import scene

__all__ = ["scene"]
