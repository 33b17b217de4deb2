"""JSON Lines: an object or a text a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from producers.prompts.column_names import first_twice, plain_name, shown_name
from producers.prompts.errors import PromptFileEmpty, PromptKeyUnclear
from producers.prompts.lines import physical_lines
from producers.prompts.row_shape import PROMPT_NAMES, RowShape
from producers.prompts.rows import PromptRow, RefusedRow, Seen
from producers.prompts.text_file import COLUMN


class _JsonWrong(ValueError):
    """Why the line is not read, without quoting it."""


def json_rows(path: Path, seen: Seen, shape: RowShape) -> Iterator[PromptRow | RefusedRow]:
    """A row for each line that is not blank. Raises PromptFileError, also when there is none."""
    row_no = 0
    for line_no, line in enumerate(physical_lines(path), 1):
        if not line.strip():
            seen.blank_lines += 1
            continue
        row_no += 1
        try:
            values = _object(line)
        except _JsonWrong as error:
            yield RefusedRow(line_no, str(error))
            continue
        if row_no == 1:
            _check_first(path, line_no, values, shape)
        yield row_of_object(shape, row_no, line_no, values)
    if row_no == 0:
        raise PromptFileEmpty(path=path)


def row_of_object(
    shape: RowShape, row_no: int, line_no: int, values: dict[str, Any]
) -> PromptRow | RefusedRow:
    """The row of an object that names its columns itself."""
    prompt = shape.prompt_name(tuple(values))
    if prompt is None and shape.template is None:
        asked = shape.prompt_column
        keys = " or ".join(PROMPT_NAMES) if asked is None else shown_name(asked)
        return RefusedRow(line_no, f"there is no key {keys}")
    return shape.row(row_no, line_no, values, prompt or "")


def _check_first(path: Path, line_no: int, values: dict[str, Any], shape: RowShape) -> None:
    """A file that calls its prompts otherwise is named once, not line by line."""
    if shape.template is None and shape.prompt_name(tuple(values)) is None and shape.prompt_column is None:
        known = f"{', '.join(PROMPT_NAMES[:-1])} or {PROMPT_NAMES[-1]}"
        keys = ", ".join(map(shown_name, values)) or "none"
        raise PromptKeyUnclear(path=path, line_no=line_no, known=known, keys=keys)


def _object(line: str) -> dict[str, Any]:
    try:
        found = _DECODER.decode(line.strip())
    except _JsonWrong:
        raise
    except json.JSONDecodeError as error:
        raise _JsonWrong(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise _JsonWrong("the JSON is nested too deeply") from None
    except ValueError:
        raise _JsonWrong("a number in the JSON is too long") from None
    if isinstance(found, str):
        return {COLUMN: found}
    if not isinstance(found, dict):
        raise _JsonWrong("a line has to be a JSON object or a text in quotes")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [plain_name(name) for name, _ in pairs]
    twice = first_twice(names)
    if twice is not None:
        raise _JsonWrong(f"the key {shown_name(twice)} stands twice in the JSON")
    return dict(zip(names, (value for _, value in pairs), strict=True))


def _number(text: str) -> Decimal:
    """As it is written: a figure's digits are the user's."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise _JsonWrong("a number in the JSON is too long") from None


def _no_constant(name: str) -> None:
    raise _JsonWrong(f"{name} is not JSON: write a number or null")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_number, parse_constant=_no_constant)
