"""Templates that make a text from a row's columns, bounded in size and time by what they may contain.

A template has no loops, calls, assignments or attributes: `{{column}}`, filters that make a text hardly
longer, comparisons and `if`. So filling it takes time in proportion to itself and the cells it uses.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from producers.errors import TemplateWrong

MAX_TEMPLATE_CHARS = 10_000
MAX_CELL_CHARS = 1_000_000
"""Of all cells that a template uses, each counted as often as it stands there."""
_MAX_DEPTH = 25
# None makes a text much longer, however often it is applied.
_TEXT_FILTERS = ("capitalize", "first", "last", "lower", "title", "trim", "truncate", "upper")
_FILTERS = frozenset((*_TEXT_FILTERS, "d", "default", "float", "int", "length"))
_TESTS = frozenset(["defined", "undefined", "eq", "ne", "lt", "le", "gt", "ge", "in"])
_ALLOWED: tuple[type[nodes.Node], ...] = (
    *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getitem),
    *(nodes.Filter, nodes.Test, nodes.Keyword, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand),
    *(nodes.And, nodes.Or, nodes.Not, nodes.Concat, nodes.List, nodes.Tuple),
)
# What `row["Product name"]` reads; no column can be asked for by a name that starts so.
_ROW, _CELLS, _HIDDEN = "row", "__row__", "__"


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
            self._uses = _uses(tree, place)
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
            return self._template.render({**cells, _CELLS: cells})
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


def _uses(tree: nodes.Template, place: str) -> Counter[str]:
    """How often each column stands in the template. Raises TemplateWrong for what is not allowed."""
    found = list(_below(tree, 0))
    for node, depth in found:
        refused = "it is nested too deeply" if depth > _MAX_DEPTH else _refused(node)
        if refused:
            raise TemplateWrong(place=f"{place}, line {node.lineno}", what=refused)
    uses: Counter[str] = Counter()
    for node, _ in found:
        if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name):
            node.node.name = _CELLS
            uses[getattr(node.arg, "value", "")] += 1
        elif isinstance(node, nodes.Name) and node.name != _CELLS:
            uses[node.name] += 1
    return uses


def _below(node: nodes.Node, depth: int) -> Iterator[tuple[nodes.Node, int]]:
    """The node and all below it, each before its children; never deeper than one may go."""
    yield node, depth
    if depth <= _MAX_DEPTH:
        for child in node.iter_child_nodes():
            yield from _below(child, depth + 1)


def _refused(node: nodes.Node) -> str | None:
    if not isinstance(node, _ALLOWED):
        what = type(node).__name__.lower()
        return f"{what} is not allowed; there are {{{{column}}}}, filters, comparisons and if"
    if isinstance(node, nodes.Name) and (node.name.startswith(_HIDDEN) or node.name == "self"):
        return f'{node.name} has a meaning of its own in templates; write row["{node.name}"]'
    if isinstance(node, nodes.Getitem) and not _is_cell(node):
        return 'only row["column"] may have brackets'
    if isinstance(node, nodes.Filter) and node.name not in _FILTERS:
        return f"there is no filter {node.name}; there are {', '.join(sorted(_FILTERS))}"
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        return f"there is no test {node.name}; there are {', '.join(sorted(_TESTS))}"
    return None


def _is_cell(node: nodes.Getitem) -> bool:
    named = isinstance(node.node, nodes.Name) and node.node.name == _ROW
    return named and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str)


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
