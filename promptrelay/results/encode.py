"""Result lines as JSON Lines and as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator

from promptrelay.results.lines import ResultLine
from promptrelay.results.record import FIELDS, Record

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_OURS = frozenset({"fee", "money_spent", "refunded", "net"})
_LINE_ENDS = str.maketrans({"\u2028": "\\u2028", "\u2029": "\\u2029", "\x85": "\\u0085"})
"""Some readers of lines split at these, which JSON allows inside a text."""

Encoder = Callable[[Iterable[ResultLine]], Iterator[bytes]]


def jsonl(lines: Iterable[ResultLine], *, raw: bool = False) -> Iterator[bytes]:
    """A JSON object a line; `raw` adds `provider_task` with its numbers as the provider wrote them."""
    for line in lines:
        text = _dumps(line.record)
        if raw:
            text = f'{text[:-1]},"provider_task":{_task(line)}}}'
        yield text.translate(_LINE_ENDS).encode("utf-8", "replace") + b"\n"


def as_csv(
    lines: Iterable[ResultLine], *, raw: bool = False, all_rows: bool = False, raw_cells: bool = False
) -> Iterator[bytes]:
    """CSV with a header row; lists and objects are JSON in their cell.

    A cell that a spreadsheet would take for a formula starts with ' unless `raw_cells`.
    """
    extra = (*(("state", "reason") if all_rows else ()), "waste", "problem")
    names = (*FIELDS, *extra, *(("provider_task",) if raw else ()))
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    for line in lines:
        record = {**line.record, "provider_task": _task(line)} if raw else line.record
        writer.writerow([_cell(name, record, raw_cells=raw_cells) for name in names])
        yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")


def _cell(name: str, record: Record, *, raw_cells: bool) -> str:
    value = record.get(name)
    if value is None:
        return ""
    text = value if isinstance(value, str) else _dumps(value)
    safe = raw_cells or name in _OURS or not text.startswith(_FORMULA_STARTS)
    return text if safe else f"'{text}"


def _task(line: ResultLine) -> str:
    return line.entry.decode("utf-8", "replace") if line.entry is not None else "null"


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
