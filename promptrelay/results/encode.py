"""Result lines as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass

from promptrelay.results.lines import ResultLine
from promptrelay.results.record import FIELDS, Record
from promptrelay.results.spreadsheet import safe_cell

_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})
"""Some readers of lines split at these, which JSON allows inside a text."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file begins, and each of its lines."""

    header: bytes
    encode: Callable[[ResultLine], bytes]


def jsonl(*, raw: bool = False) -> Encoding:
    """A JSON object a line; `raw` adds `provider_task` with its numbers as the provider wrote them."""

    def encode(line: ResultLine) -> bytes:
        text = _dumps(line.record)
        if raw:
            text = f'{text[:-1]},"provider_task":{_task(line)}}}'
        return text.translate(_LINE_ENDS).encode("utf-8", "replace") + b"\n"

    return Encoding(b"", encode)


def as_csv(*, raw: bool = False, all_rows: bool = False, raw_cells: bool = False) -> Encoding:
    """CSV with a header row; lists and objects are JSON in their cell.

    A cell that a spreadsheet would take for a formula starts with ' unless `raw_cells`.
    """
    why = ("state", "reason", "provider_code", "provider_message")
    extra = (*(why if all_rows else ()), "waste", "problem", "note")
    names = (*FIELDS, *extra, *(("provider_task",) if raw else ()))

    def encode(line: ResultLine) -> bytes:
        record = {**line.record, "provider_task": _task(line)} if raw else line.record
        return _row([_cell(name, record, raw_cells=raw_cells) for name in names])

    return Encoding(_row(names), encode)


def _row(cells: tuple[str, ...] | list[str]) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue().encode("utf-8", "replace")


def _cell(name: str, record: Record, *, raw_cells: bool) -> str:
    value = record.get(name)
    if value is None:
        return ""
    text = value if isinstance(value, str) else _dumps(value)
    return text if raw_cells else safe_cell(text)


def _task(line: ResultLine) -> str:
    return line.entry.decode("utf-8", "replace") if line.entry is not None else "null"


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
