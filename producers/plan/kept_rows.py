"""The rows of a campaign as they were read once, kept on this machine until they are in the database.

What is planned, confirmed and written is thereby the same, whatever becomes of the file meanwhile, and it is
parsed once. Small inputs stay in memory; larger ones go, compressed, into a temporary file without a
name that nobody else can open and that ends with this process.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import zstandard

from producers.campaign.spec import Target
from producers.campaign.wanted_rows import WantedRow
from producers.plan.errors import NoRoomToKeepRows
from promptrelay.domain.ids import digest
from promptrelay.domain.platform import Method, Platform

Values = dict[str, Any]
_IN_MEMORY_BYTES = 16 * 1024 * 1024
_BLOCK_BYTES = 1024 * 1024
_LENGTH = struct.Struct("<I")


class KeptRows:
    """Rows in their order, written once and read as often as wanted. Raises NoRoomToKeepRows."""

    def __init__(self, shared: tuple[Target, ...]) -> None:
        self._shared = shared
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - ends with us
        self._block = bytearray()
        self._encoder = msgspec.json.Encoder()

    def add(self, wanted: WantedRow) -> None:
        """Keep the row, with its targets where they are not the campaign's."""
        own = None if wanted.targets is self._shared or wanted.targets == self._shared else wanted.targets
        row = wanted.row
        values = {
            "row_no": wanted.number,
            "row_id": row.row_id,
            "line_no": row.line_no,
            "prompt": row.prompt,
            "prompt_hash": digest({"prompt": row.prompt}),
            "user_tag": row.user_tag,
            "variables": row.variables,
            "targets": None if own is None else list(map(target_values, own)),
        }
        self._block += self._encoder.encode(values) + b"\n"
        if len(self._block) >= _BLOCK_BYTES:
            self._flush()

    def __iter__(self) -> Iterator[Values]:
        """The columns of a version's row, one after the other."""
        self._flush()
        self._file.seek(0)
        unpack = zstandard.ZstdDecompressor().decompress
        while header := self._file.read(_LENGTH.size):
            block = unpack(self._file.read(_LENGTH.unpack(header)[0]))
            for line in block.splitlines():
                yield msgspec.json.decode(line)
        self._file.seek(0, 2)

    def _flush(self) -> None:
        if not self._block:
            return
        packed = zstandard.ZstdCompressor(level=1).compress(bytes(self._block))
        try:
            self._file.write(_LENGTH.pack(len(packed)) + packed)
        except OSError as error:
            folder = tempfile.gettempdir()
            raise NoRoomToKeepRows(folder=folder, reason=error.strerror) from None
        self._block.clear()


def target_values(target: Target) -> Values:
    """A target as it is kept."""
    return {
        "platform": target.platform.value,
        "model": target.model,
        "method": target.method.value,
        "parameters": dict(target.parameters),
    }


def kept_target(kept: Mapping[str, Any]) -> Target:
    """The target that was kept so."""
    return Target(
        platform=Platform(kept["platform"]),
        model=kept["model"],
        method=Method(kept["method"]),
        parameters=kept["parameters"],
    )
