"""A campaign with real rooms."""

from __future__ import annotations

from tests.integration.workers.site import (
    open_site,
    provider,
    site,
)

__all__ = ["open_site", "provider", "site"]
