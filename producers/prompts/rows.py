"""What reading prompts gives: rows that can be sent, and rows that cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PromptRow:
    """One prompt to send, as it stands in the file or as the template made it."""

    row_id: str
    """The number of the data row, from 1; refused rows count, blank lines do not."""
    line_no: int
    """The physical line on which the row starts, from 1."""
    prompt: str
    user_tag: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    """The cells of all other columns, by column name."""
    fields: dict[str, Any] = field(default_factory=dict)
    """The row's own request fields, which go before the campaign's; only those that the row gives."""
    cells: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Every cell as text, for the templates of parameters."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Where to search from, by columns of plain names: sent where the web is searched."""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not sent, and why, without quoting the prompt."""

    line_no: int
    reason: str


@dataclass(slots=True)
class FirstLines:
    """How many lines are of one kind, and the first of them."""

    count: int = 0
    first: int = 0

    def append(self, line_no: int) -> None:
        """Count one more."""
        self.first = self.first or line_no
        self.count += 1


@dataclass(slots=True)
class Seen:
    """What of a file has been read so far and is no row."""

    blank_lines: int = 0
    """Rows too whose cells are all empty."""
    titles: int = 0
    """Lines of a report above its header."""
    header_line: int = 0
    short_rows: FirstLines = field(default_factory=FirstLines)
    """Rows with fewer cells than the header has."""
    columns: tuple[str, ...] = ()
    """The header's names; none where each row names its own."""
    prompt_column: str = ""


class PromptRows(Iterator[PromptRow | RefusedRow]):
    """Rows in file order, read as they are asked for; counts the blank lines it skips."""

    def __init__(self, rows: Iterator[PromptRow | RefusedRow], seen: Seen) -> None:
        self._rows = rows
        self.seen = seen
        """What was found beside the rows so far."""

    def __next__(self) -> PromptRow | RefusedRow:
        return next(self._rows)
