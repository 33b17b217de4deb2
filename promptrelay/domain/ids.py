"""Ids made by us before anything is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from ulid import ULID


def new_id() -> str:
    """A new ULID: 26 characters, sorted by the time it was made."""
    return str(ULID())


def digest(parts: Mapping[str, Any]) -> str:
    """32 hex characters that are the same for the same parts, in whatever order they were given."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
