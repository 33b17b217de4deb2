"""Who may call."""

from __future__ import annotations

import base64
import binascii
import hmac

from promptrelay.simulator.options import SimulatorOptions


def authorised(header: str | None, options: SimulatorOptions) -> bool:
    """Says whether a Basic Authorization header carries the account's login and password."""
    kind, _, encoded = (header or "").partition(" ")
    if kind.lower() != "basic":
        return False
    try:
        given = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    return hmac.compare_digest(given, f"{options.login}:{options.password}".encode())
