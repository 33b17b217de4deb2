"""A campaign's rows with what is wanted for each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producers.campaign.row_targets import RowTargets
from producers.campaign.spec import CampaignSpec, Target
from producers.prompts.reading import ListedPrompts, read_prompts
from producers.prompts.rows import PromptRow, RefusedRow, Seen
from producers.prompts.templates import CannotFill


@dataclass(frozen=True, slots=True)
class WantedRow:
    """A row that can be sent, and to whom it goes."""

    number: int
    """Among all rows, refused ones too, from 1."""
    row: PromptRow
    targets: tuple[Target, ...]


class WantedRows(Iterator[WantedRow | RefusedRow]):
    """The rows of a campaign in their order, read as they are asked for. Raises PromptFileError."""

    def __init__(self, spec: CampaignSpec, prompts: Path | ListedPrompts) -> None:
        self._rows = read_prompts(prompts, shape=spec.row_shape())
        self._targets = RowTargets(spec)
        self._number = 0

    def __next__(self) -> WantedRow | RefusedRow:
        row = next(self._rows)
        self._number += 1
        if isinstance(row, RefusedRow):
            return row
        try:
            return WantedRow(self._number, row, self._targets.of(row))
        except CannotFill as error:
            return RefusedRow(row.line_no, str(error))

    @property
    def seen(self) -> Seen:
        """What was found beside the rows so far."""
        return self._rows.seen

    def notes(self) -> tuple[str, ...]:
        """What of the rows' own fields was not sent so far, a sentence for each platform and field."""
        return self._targets.notes()
