"""Parameters whose texts are templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from producers.prompts.templates import CannotFill, TextTemplate, is_template
from promptrelay.domain.platform import Platform


class ParameterTemplates:
    """A campaign's parameters, ready to be filled from a row. Raises TemplateWrong when it is made."""

    def __init__(self, parameters: Mapping[str, Any], platform: Platform) -> None:
        self._plain = {name: value for name, value in parameters.items() if not _has_template(value)}
        self._templates = {
            name: _compiled(value, f"{platform}: {name}")
            for name, value in parameters.items()
            if name not in self._plain
        }

    def __bool__(self) -> bool:
        return bool(self._templates)

    @property
    def plain(self) -> Mapping[str, Any]:
        """The parameters that are the same for every row."""
        return self._plain

    def fill(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """Those that differ from row to row. Raises CannotFill."""
        filled = {}
        for name, value in self._templates.items():
            try:
                filled[name] = _filled(value, cells)
            except CannotFill as error:
                raise CannotFill(f"{name}: {error}") from None
        return filled


def _has_template(value: object) -> bool:
    if isinstance(value, list):
        return any(map(_has_template, value))
    if isinstance(value, dict):
        return any(map(_has_template, value.values()))
    return is_template(value)


def _compiled(value: Any, place: str) -> Any:
    if isinstance(value, list):
        return [_compiled(part, f"{place}[{number}]") for number, part in enumerate(value, 1)]
    if isinstance(value, dict):
        return {name: _compiled(part, f"{place}.{name}") for name, part in value.items()}
    return TextTemplate(value, place=place) if is_template(value) else value


def _filled(value: Any, cells: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled(part, cells) for part in value]
    if isinstance(value, dict):
        return {name: _filled(part, cells) for name, part in value.items()}
    return value.fill(cells) if isinstance(value, TextTemplate) else value
