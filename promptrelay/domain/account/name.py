"""What a provider account is called when nobody says otherwise."""

from __future__ import annotations

DEFAULT_ACCOUNT = "default"
