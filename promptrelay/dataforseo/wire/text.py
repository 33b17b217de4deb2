"""Splits the provider's envelope into its fields and its tasks, each with the text it was written in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from promptrelay.dataforseo.wire.fields import Figure

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"|[][{}]', re.DOTALL)
_TASKS = "tasks"
_DEEPEST = 100
"""No answer nests this deep, and the decoder of the standard library gives up at some hundreds."""
_LONGEST_INTEGER = 40


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _whole(digits: str) -> int | Figure:
    """A long integer stays as it was written: Python refuses to read one of thousands of digits."""
    return int(digits) if len(digits) <= _LONGEST_INTEGER else Figure(digits)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands twice the last value counts, but none takes the place of one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        found |= {name: value for name, value in pairs if value is not None}
    return found


_DECODER = json.JSONDecoder(
    parse_float=Figure, parse_int=_whole, parse_constant=_refuse, object_pairs_hook=_object
)


def load(text: bytes | str) -> Any:
    """The JSON value with every decimal kept as it was written (`Figure`). Raises ValueError."""
    cursor = _Cursor(text if isinstance(text, str) else decoded(text))
    value, _ = cursor.value()
    cursor.expect_end()
    return value


def decoded(body: bytes) -> str:
    """The body's text; bytes that are not UTF-8 become the replacement character, not a lost answer."""
    return body.decode("utf-8-sig", "replace")


def split(text: str) -> tuple[dict[str, Any], list[tuple[Any, str]]]:
    """The envelope's fields without `tasks`, and each task with its own text. Raises ValueError unless the
    text is one whole JSON object. What nests deeper than any answer reads as null, in the text too."""
    fields: dict[str, Any] = {}
    tasks: list[tuple[Any, str]] = []
    cursor = _Cursor(text)
    cursor.expect("{")
    for name in cursor.until("}"):
        if name == _TASKS and cursor.take("["):
            tasks += cursor.items()
        else:
            fields[name], _ = cursor.value()
    cursor.expect_end()
    if fields.get(_TASKS) is not None:
        raise ValueError("the tasks are not an array")
    return fields, tasks


class _Cursor:
    """A place in JSON text that moves on as values are taken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def take(self, sign: str) -> bool:
        """Whether the sign comes next; moves past it if so."""
        self._skip_space()
        found = self._text.startswith(sign, self._at)
        self._at += len(sign) if found else 0
        return found

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise ValueError(f"no {sign} at character {self._at}")

    def expect_end(self) -> None:
        self._skip_space()
        if self._at != len(self._text):
            raise ValueError(f"more text at character {self._at}")

    def value(self) -> tuple[Any, str]:
        """The next value and the text it is written in."""
        self._skip_space()
        start = self._at
        try:
            value, self._at = _DECODER.raw_decode(self._text, start)
        except RecursionError:
            return self._shallow_value(start)
        return value, self._text[start : self._at]

    def _shallow_value(self, start: int) -> tuple[Any, str]:
        """The value at `start` with null for what nests too deep, and its text with the same."""
        text, self._at = _pruned(self._text, start)
        return _DECODER.decode(text), text

    def items(self) -> Iterator[tuple[Any, str]]:
        """The values of the array whose bracket was just taken."""
        if self.take("]"):
            return
        yield self.value()
        while self.take(","):
            yield self.value()
        self.expect("]")

    def until(self, end: str) -> Iterator[str]:
        """The names of the object whose brace was just taken; the reader takes each value."""
        if self.take(end):
            return
        yield self._name()
        while self.take(","):
            yield self._name()
        self.expect(end)

    def _name(self) -> str:
        name, _ = self.value()
        self.expect(":")
        if not isinstance(name, str):
            raise ValueError("a name that is not text")
        return name

    def _skip_space(self) -> None:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at


def _pruned(text: str, start: int) -> tuple[str, int]:
    """The object or array at `start` with null for each that nests too deep, and where it ends."""
    kept, kept_from, depth = [], start, 0
    for sign in _STRING_OR_BRACKET.finditer(text, start):
        if sign[0] in ("[", "{"):
            depth += 1
            if depth == _DEEPEST:
                kept.append(f"{text[kept_from : sign.start()]}null")
        elif sign[0] in ("]", "}"):
            if depth == _DEEPEST:
                kept_from = sign.end()
            depth -= 1
        if depth == 0:
            kept.append(text[kept_from : sign.end()])
            return "".join(kept), sign.end()
    raise ValueError(f"no end of what begins at character {start}")
