"""Templates that make a text from a row's columns, bounded in size and time by what they may contain.

A template has no loops, calls, assignments or attributes: `{{column}}`, filters that make a text hardly
longer, comparisons and `if`. So filling it takes time in proportion to itself and the cells it uses.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from producers.prompts.errors import TemplateWrong
from producers.prompts.template_rules import CELLS, column_uses

MAX_TEMPLATE_CHARS = 10_000
MAX_CELL_CHARS = 1_000_000
"""Of all cells that a template uses, each counted as often as it stands there."""


class CannotFill(ValueError):
    """The template cannot be filled with this row; the message quotes no cell."""


class TextTemplate:
    """A text with `{{column}}` in it. Raises TemplateWrong when it is made."""

    def __init__(self, text: str, *, place: str = "template") -> None:
        if len(text) > MAX_TEMPLATE_CHARS:
            what = f"it has {len(text)} characters where {MAX_TEMPLATE_CHARS} are allowed"
            raise TemplateWrong(place=place, what=what)
        try:
            tree = _ENVIRONMENT.parse(text)
            self._uses = column_uses(tree, place)
            self._template = _ENVIRONMENT.from_string(tree)
        except TemplateSyntaxError as error:
            raise TemplateWrong(place=f"{place}, line {error.lineno}", what=_one_line(error)) from None
        except TemplateError as error:
            raise TemplateWrong(place=place, what=_one_line(error)) from None
        except (RecursionError, MemoryError, SyntaxError):
            raise TemplateWrong(place=place, what="it is nested too deeply") from None

    def fill(self, cells: Mapping[str, str]) -> str:
        """The text with the row's cells in it. Raises CannotFill."""
        used = sum(len(cells.get(name, "")) * times for name, times in self._uses.items())
        if used > MAX_CELL_CHARS:
            raise CannotFill(
                f"the cells that the template uses have {used} characters, where {MAX_CELL_CHARS} are allowed"
            )
        try:
            return self._template.render({**cells, CELLS: cells})
        except UndefinedError as error:
            raise CannotFill(self._missing(cells, str(error))) from None
        # Each filter complains in its own way of what it cannot use.
        except (TemplateError, TypeError, ValueError, AssertionError, ArithmeticError, LookupError):
            raise CannotFill(
                "a filter or comparison of the template cannot use what this row gives it"
            ) from None

    def _missing(self, cells: Mapping[str, str], message: str) -> str:
        missing = [name for name in self._uses if name not in cells]
        name = next((name for name in missing if repr(name) in message), missing[0] if missing else "?")
        near = difflib.get_close_matches(name, list(cells), n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        return f"the template wants column {name}, which this row does not have{hint}"


def is_template(text: object) -> bool:
    """Whether a parameter's text is to be filled from the row."""
    return isinstance(text, str) and "{{" in text


def _one_line(error: TemplateError) -> str:
    return " ".join(str(error.message or "it cannot be read").split()).rstrip(".")


def _environment() -> ImmutableSandboxedEnvironment:
    # Texts are for a language model, not for a page: escaping would change them.
    made = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    made.globals.clear()
    # The library would let a text be five characters longer than asked.
    made.policies["truncate.leeway"] = 0
    return made


_ENVIRONMENT = _environment()
