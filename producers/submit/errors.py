"""What can go wrong between reading a campaign and keeping it."""

from __future__ import annotations

from producers.errors import ProducerError


class InputChanged(ProducerError):
    """{path}: the file changed while it was read; nothing was sent. Submit it again."""
