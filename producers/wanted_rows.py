"""Rows with what is wanted for each: the row's own models and parameters go before the campaign's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from producers.campaign import CampaignSpec, Target
from producers.parameter_templates import ParameterTemplates
from producers.prompt_rows import PromptRow, RefusedRow
from producers.prompts import ListedPrompts, read_prompts
from producers.request_fields import MODEL
from producers.templates import CannotFill
from promptrelay.dataforseo.task_fields import known_fields
from promptrelay.domain.platform import Platform


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
    def blank_lines(self) -> int:
        """How many blank lines have been skipped so far."""
        return self._rows.blank_lines

    def notes(self) -> tuple[str, ...]:
        """What of the rows' own fields was not sent so far, a sentence for each platform and field."""
        return self._targets.notes()


class RowTargets:
    """Who is asked for a row, and with what."""

    def __init__(self, spec: CampaignSpec) -> None:
        self._spec = spec
        self._campaigns = spec.targets()
        self._templates = {
            platform: ParameterTemplates(spec.parameters_of(platform), f"parameters for {platform}")
            for platform in spec.platforms
        }
        self._has_templates = any(self._templates.values())
        self._known = {p: known_fields(p, spec.method_of(p)) for p in spec.platforms}
        self._left_out: Counter[tuple[Platform, str]] = Counter()

    def of(self, row: PromptRow) -> tuple[Target, ...]:
        """The targets of the row. Raises CannotFill with what is wrong with its own fields."""
        if not row.fields and not self._has_templates:
            return self._campaigns
        models = self._models(row.fields.get(MODEL, {}))
        own = {name: value for name, value in row.fields.items() if name != MODEL}
        targets = tuple(
            target for platform in self._spec.platforms for target in self._asked(platform, models, row, own)
        )
        for target in targets:
            found = self._spec.problems_of(target)
            if found:
                raise CannotFill(f"{target.platform}: {found[0]}")
        return targets

    def notes(self) -> tuple[str, ...]:
        """What was not sent, a sentence for each platform and field."""
        return tuple(
            f"{platform} does not know {name}: not sent for {count} row{'s' if count > 1 else ''}."
            for (platform, name), count in sorted(self._left_out.items())
        )

    def _models(self, own: dict[str, tuple[str, ...]]) -> dict[Platform, tuple[str, ...]]:
        platforms = self._spec.platforms
        if "" in own:
            if len(platforms) > 1:
                raise CannotFill(
                    f"model names no platform, and there are {len(platforms)}: write {platforms[0]}=NAME"
                )
            own = {platforms[0].value: own[""]}
        strangers = [name for name in own if name not in platforms]
        if strangers:
            raise CannotFill(
                f"model names {strangers[0]}, which the campaign does not ask: add --platform {strangers[0]}"
            )
        return {p: own.get(p.value, self._spec.models[p]) for p in platforms}

    def _asked(
        self, platform: Platform, models: dict[Platform, tuple[str, ...]], row: PromptRow, own: dict[str, Any]
    ) -> Iterator[Target]:
        known = self._known[platform]
        for name in own.keys() - known:
            self._left_out[platform, name] += 1
        merged = {**self._templates[platform].fill(row.cells), **own}
        # An empty list or text of the row takes away what the campaign gives.
        sent = {name: value for name, value in merged.items() if name in known and value not in ("", [])}
        method = self._spec.method_of(platform)
        for model in models[platform]:
            yield Target(platform=platform, model=model, method=method, parameters=sent)
