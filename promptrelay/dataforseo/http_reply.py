"""What came back over HTTP, read to its end and never beyond what a reply may hold."""

from __future__ import annotations

from dataclasses import dataclass

import requests

MOST_BYTES = 32 << 20
"""Decoded; a list of 1,000 tasks takes 2 MB. A kilobyte of gzip may unpack to a megabyte."""
_PART_BYTES = 65_536


class ReplyTooLarge(Exception):
    """The body is longer than any reply of the provider's; what of it has come is given up."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """A whole reply: status, body as decoded bytes, and the `Date` header as it was written."""

    status: int
    body: bytes
    date: str | None = None


def read_http(response: requests.Response, most_bytes: int = MOST_BYTES) -> HttpReply:
    """Read the body to its end, part by part. Raises ReplyTooLarge, and what a broken connection raises."""
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_PART_BYTES):
        size += len(part)
        if size > most_bytes:
            raise ReplyTooLarge
        parts.append(part)
    return HttpReply(response.status_code, b"".join(parts), response.headers.get("Date"))
