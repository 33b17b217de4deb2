"""The first row of a CSV file: which delimiter, which column holds the prompt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from producers.errors import ColumnNamedTwice, PromptColumnUnclear

_DELIMITERS = (",", ";", "\t", "|")
_PROMPT_NAMES = ("prompt", "user_prompt", "question", "query", "text")
_TAG_NAME = "tag"
_SHOWN_CHARS = 40


def delimiter_of(header: str, *, tab_first: bool) -> str:
    """The candidate that stands most often outside quotes; the comma when there is none."""
    outside = "".join(header.split('"')[::2])
    if tab_first and "\t" in outside:
        return "\t"
    return max(_DELIMITERS, key=outside.count)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where in a row the prompt, the user's tag and the variables stand."""

    names: tuple[str, ...]
    prompt: int
    tag: int | None

    def user_tag(self, cells: list[str]) -> str | None:
        """The row's own tag; None where there is no such column or the cell is empty."""
        return (cells[self.tag] or None) if self.tag is not None else None

    def variables(self, cells: list[str]) -> dict[str, str]:
        """All other cells by column name."""
        taken = (self.prompt, self.tag)
        return {
            name: cell
            for at, (name, cell) in enumerate(zip(self.names, cells, strict=True))
            if at not in taken
        }


def columns_of(path: Path, header: list[str], *, prompt_column: str | None) -> Columns:
    """Reads the header row. Raises PromptColumnUnclear or ColumnNamedTwice."""
    names = tuple(cell.strip() or f"column_{number}" for number, cell in enumerate(header, 1))
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ColumnNamedTwice(path=path, column=_shown(name))
    prompt = _prompt_at(path, names, prompt_column)
    tags = [at for at, name in enumerate(names) if name.casefold() == _TAG_NAME and at != prompt]
    return Columns(names, prompt, tags[0] if tags else None)


def _prompt_at(path: Path, names: tuple[str, ...], asked: str | None) -> int:
    folded = [name.casefold() for name in names]
    if asked is not None:
        if asked.strip() in names:
            return names.index(asked.strip())
        if asked.strip().casefold() in folded:
            return folded.index(asked.strip().casefold())
        raise _unclear(path, names, f"there is no column {_shown(asked)}")
    for name in _PROMPT_NAMES:
        if name in folded:
            return folded.index(name)
    if len(names) == 1:
        return 0
    raise _unclear(
        path, names, "no column is called " + ", ".join(_PROMPT_NAMES[:-1]) + f" or {_PROMPT_NAMES[-1]}"
    )


def _unclear(path: Path, names: tuple[str, ...], problem: str) -> PromptColumnUnclear:
    return PromptColumnUnclear(path=path, problem=problem, columns=", ".join(map(_shown, names)))


def _shown(name: str) -> str:
    """The name on one line; a file without a header has a prompt there, so it is cut."""
    line = " ".join(name.split())
    return line if len(line) <= _SHOWN_CHARS else line[: _SHOWN_CHARS - 1] + "…"
