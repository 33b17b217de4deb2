"""Reads stored answers with nothing of the product: files, zstd and JSON whose numbers stay text."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

import zstandard


class AnswersAtRest:
    """The answers that rows refer to in a folder of segments."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines: dict[str, list[bytes]] = {}

    def read(self, segment: str, line_no: int, line_sha256: str) -> Any:
        """The provider's own words of one answer. Raises AssertionError if the row is wrong."""
        lines = self._lines_of(segment)
        assert 1 <= line_no <= len(lines), f"{segment} has no line {line_no}"
        raw = lines[line_no - 1]
        assert hashlib.sha256(raw).hexdigest() == line_sha256, f"{segment}:{line_no} has another hash"
        return json.loads(raw, parse_float=str, parse_int=str)["entry"]

    def _lines_of(self, segment: str) -> list[bytes]:
        if segment not in self._lines:
            compressed = (self._folder / segment).read_bytes()
            with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(compressed)) as reader:
                self._lines[segment] = reader.read().splitlines()
        return self._lines[segment]
