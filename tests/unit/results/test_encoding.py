"""A line of the results stays one line for every reader, and a value of 0 is not an empty one."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from promptrelay.results.encode import as_csv, jsonl
from promptrelay.results.lines import ResultLine

LINE_ENDS = ["\u2028", "\u2029", "\x85", "\x1c", "\x1d", "\x1e", "\x0b", "\x0c", "\r", "\n"]


@pytest.mark.parametrize("sign", LINE_ENDS, ids=[f"U+{ord(sign):04X}" for sign in LINE_ENDS])
def test_no_sign_in_an_answer_ends_the_line(sign: str) -> None:
    """`str.splitlines` knows all of them; JSON escapes only some by itself."""
    said = f"one{sign}two"
    entry = json.dumps({"text": said}, ensure_ascii=False).encode()
    written = jsonl(raw=True).encode(ResultLine({"text": said}, entry)).decode("utf-8")
    assert len(written.splitlines()) == 1
    found = json.loads(written)
    assert (found["text"], found["provider_task"]["text"]) == (said, said)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0, "0"), (0.0, "0.0"), (False, "false"), ("", ""), (None, ""), ([], "[]"), ("0", "0")],
)
def test_a_cell_is_empty_only_for_what_is_not_there(value: Any, shown: str) -> None:
    """Zero tokens are a count, and a search that was not made was not made."""
    encoding = as_csv()
    names = next(csv.reader(io.StringIO(encoding.header.decode())))
    for name in ("output_tokens", "web_search", "repeat"):
        line = encoding.encode(ResultLine({name: value})).decode()
        cells = next(csv.reader(io.StringIO(line)))
        assert dict(zip(names, cells, strict=True))[name] == shown
