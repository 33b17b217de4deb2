"""How the columns of a row are understood: prompt, tag, request fields and variables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from producers.prompts.column_names import plain_name, shown_name
from producers.prompts.request_fields import PLACES, ROW_FIELDS, TAG, FieldWrong, field_value
from producers.prompts.rows import PromptRow, RefusedRow
from producers.prompts.templates import CannotFill, TextTemplate
from promptrelay.domain.prompt_rules import MAX_PROMPT_CHARS, flaw, refusal

PROMPT_NAMES = ("prompt", "user_prompt", "question", "query", "text")


@dataclass(frozen=True, slots=True)
class RowShape:
    """What is asked of the rows of a campaign."""

    prompt_column: str | None = None
    """None: the first there is of the usual names, else the only one."""
    template: TextTemplate | None = None
    """Makes the prompt from the row's cells; then there need not be a prompt's column."""
    plain_columns: bool = False
    """Whether columns called like request fields are variables like all others."""
    tag: str | None = None
    """The tag of rows that have none of their own."""
    max_prompt_chars: int = MAX_PROMPT_CHARS

    def prompt_name(self, names: tuple[str, ...]) -> str | None:
        """Which of the names is the prompt's column; None when that is not clear."""
        found = self.named_prompt(names)
        if found is None and self.prompt_column is None and len(names) == 1:
            return names[0]
        return found

    def named_prompt(self, names: Sequence[str]) -> str | None:
        """Which of the names is the one asked for, else one of the usual; None when none is."""
        plain = [plain_name(name) for name in names]
        wanted = list(PROMPT_NAMES)
        if self.prompt_column is not None:
            asked = plain_name(self.prompt_column)
            if asked in plain:
                return names[plain.index(asked)]
            wanted = [asked.casefold()]
        folded = [name.casefold() for name in plain]
        return next((names[folded.index(name)] for name in wanted if name in folded), None)

    def row(
        self, row_no: int, line_no: int, values: Mapping[str, Any], prompt_name: str
    ) -> PromptRow | RefusedRow:
        """The row with what it gives; refused with a reason that quotes no cell."""
        try:
            return self._row(row_no, line_no, values, prompt_name)
        except (CannotFill, FieldWrong) as error:
            return RefusedRow(line_no, str(error))

    def _row(self, row_no: int, line_no: int, values: Mapping[str, Any], prompt_name: str) -> PromptRow:
        cells = {name: _cell(name, value) for name, value in values.items()}
        prompt = self._prompt(cells, values, prompt_name)
        reason = refusal(prompt, max_chars=self.max_prompt_chars)
        if reason:
            raise CannotFill(reason)
        own = {} if self.plain_columns else _own_columns(cells, prompt_name)
        fields = {
            field: _own(field, values[name])
            for field, name in own.items()
            if cells[name].strip() or (field == TAG and cells[name])
        }
        tag = fields.pop(TAG, None) or self.tag
        # A template makes the prompt out of the prompt's column, which then is a variable like the others.
        taken = {*own.values()} if self.template else {*own.values(), prompt_name}
        variables = {name: cell for name, cell in cells.items() if name not in taken}
        places = {} if self.plain_columns else _places(variables)
        return PromptRow(str(row_no), line_no, prompt, tag, variables, fields, cells, places)

    def _prompt(self, cells: Mapping[str, str], values: Mapping[str, Any], prompt_name: str) -> str:
        if self.template is not None:
            return self.template.fill(cells)
        if not isinstance(values[prompt_name], str):
            raise FieldWrong(f"{shown_name(prompt_name)} has to be text, as it is the prompt")
        return cells[prompt_name]


def _own_columns(cells: Mapping[str, str], prompt_name: str) -> dict[str, str]:
    """The column of each request field that the row has; the first where names differ in case only."""
    found: dict[str, str] = {}
    for name in cells:
        field = name.casefold()
        if field in ROW_FIELDS and name != prompt_name:
            found.setdefault(field, name)
    return found


def _places(variables: Mapping[str, str]) -> dict[str, str]:
    """What columns that are only called so say of the place to search from; the first goes before others."""
    found: dict[str, str] = {}
    for name, cell in variables.items():
        field = PLACES.get(name.casefold())
        if field is not None and cell.strip():
            found.setdefault(field, cell.strip())
    return found


def _own(field: str, value: object) -> Any:
    if field == TAG:
        return value if isinstance(value, str) else _cell(field, value)
    try:
        return field_value(field, value)
    except FieldWrong as error:
        raise FieldWrong(f"{field} {error}; or --plain-columns, if that column is no request field") from None


def _cell(name: str, value: object) -> str:
    """The value as a cell would hold it; what is nested as JSON."""
    text = _text_of(value)
    wrong = flaw(text)
    if wrong:
        raise FieldWrong(f"{shown_name(name)} has {wrong}")
    return text


def _text_of(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal | int):
        return str(value)
    try:
        return json.dumps(value, ensure_ascii=False, default=float, allow_nan=False)
    except (ValueError, OverflowError):
        raise FieldWrong("a number in the row is too large") from None
