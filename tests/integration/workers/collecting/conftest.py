"""The bench of the paid calls: what is collected was sent from there."""

from __future__ import annotations

from tests.integration.workers.paying.conftest import _template, bench

__all__ = ["_template", "bench"]
