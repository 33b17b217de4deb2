"""A whole simulated stack with Flower, and the bench of the paid calls, where what is collected was sent."""

from __future__ import annotations

from tests.integration.workers.collecting.watched_stack import stack
from tests.integration.workers.paying.conftest import _template, bench

__all__ = ["_template", "bench", "stack"]
