"""Who is asked for a row: its own models and parameters go before the campaign's."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from producers.campaign.parameter_templates import ParameterTemplates
from producers.campaign.spec import CampaignSpec, Target
from producers.prompts.request_fields import MODEL, FieldWrong, field_value
from producers.prompts.rows import PromptRow
from producers.prompts.templates import CannotFill
from promptrelay.dataforseo.requests.task_fields import known_fields
from promptrelay.domain.platform import Platform

_MAX_MADE = 1_000

Values = Mapping[str, Any]


class RowTargets:
    """Who is asked for a row, and with what."""

    def __init__(self, spec: CampaignSpec) -> None:
        self._spec = spec
        self._campaigns = spec.targets()
        self._templates = {t.platform: ParameterTemplates(t.parameters, t.platform) for t in self._campaigns}
        self._has_templates = any(self._templates.values())
        self._known = {p: known_fields(p, spec.method_of(p)) for p in spec.platforms}
        self._left_out: Counter[tuple[Platform, str]] = Counter()
        self._not_searched: Counter[Platform] = Counter()
        self._made: dict[str, tuple[Target, ...]] = {}

    def of(self, row: PromptRow) -> tuple[Target, ...]:
        """The targets of the row. Raises CannotFill with what is wrong with its own fields."""
        if not row.fields and not row.places and not self._has_templates:
            return self._campaigns
        filled = {p: templates.fill(row.cells) for p, templates in self._templates.items() if templates}
        for platform in self._spec.platforms:
            for name in row.fields.keys() - self._known[platform] - {MODEL}:
                self._left_out[platform, name] += 1
            if row.places and not self._searches(platform, row.fields, filled.get(platform, {})):
                self._not_searched[platform] += 1
        # Rows with the same fields are common, and checking a request takes longer than reading a row.
        key = json.dumps([row.fields, row.places, filled], sort_keys=True)
        if key not in self._made:
            if len(self._made) >= _MAX_MADE:
                self._made.clear()
            self._made[key] = self._checked(row, filled)
        return self._made[key]

    def notes(self) -> tuple[str, ...]:
        """What was not sent, a sentence for each platform and field."""
        unused = (
            f"{platform} does not search the web for {_rows(count)}, so their country and city are not sent."
            for platform, count in sorted(self._not_searched.items())
        )
        return (*self._unknown_fields(), *unused)

    def _unknown_fields(self) -> tuple[str, ...]:
        return tuple(
            f"{platform} does not know {name}: not sent for {_rows(count)}."
            for (platform, name), count in sorted(self._left_out.items())
        )

    def _checked(self, row: PromptRow, filled: Mapping[Platform, Values]) -> tuple[Target, ...]:
        models = self._models(row.fields.get(MODEL, {}))
        targets = tuple(
            Target(platform=p, model=model, method=self._spec.method_of(p), parameters=parameters)
            for p in self._spec.platforms
            for parameters in [self._parameters(p, row, filled.get(p, {}))]
            for model in models[p]
        )
        for target in targets:
            found = self._spec.problems_of(target)
            if found:
                raise CannotFill(f"{target.platform}: {found[0]}")
        return targets

    def _models(self, own: Mapping[str, tuple[str, ...]]) -> dict[Platform, tuple[str, ...]]:
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

    def _searches(self, platform: Platform, own: Values, filled: Values) -> bool:
        """Whether the web is searched for the row; Perplexity always does."""
        if platform is Platform.PERPLEXITY:
            return True
        return {**self._templates[platform].plain, **filled, **own}.get("web_search") is True

    def _parameters(self, platform: Platform, row: PromptRow, filled: Values) -> Values:
        places = _read(row.places) if self._searches(platform, row.fields, filled) else {}
        merged = {**self._templates[platform].plain, **filled, **places, **row.fields}
        # An empty list or text of the row takes away what the campaign gives.
        return {
            name: value
            for name, value in merged.items()
            if name in self._known[platform] and value not in ("", [])
        }


def _read(places: Mapping[str, str]) -> Values:
    try:
        return {name: field_value(name, text) for name, text in places.items()}
    except FieldWrong as error:
        raise CannotFill(f"country {error}; or --plain-columns, if that column is no request field") from None


def _rows(count: int) -> str:
    return f"{count} row{'' if count == 1 else 's'}"
