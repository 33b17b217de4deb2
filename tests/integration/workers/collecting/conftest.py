"""A whole simulated stack with Flower, in a folder of its own."""

from __future__ import annotations

from tests.integration.workers.collecting.watched_stack import stack

__all__ = ["stack"]
