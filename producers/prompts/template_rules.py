"""What a template may hold: nothing that repeats, calls, or makes a text much longer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from jinja2 import nodes

from producers.prompts.errors import TemplateWrong

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
_ROW, CELLS, _HIDDEN = "row", "__row__", "__"


def column_uses(tree: nodes.Template, place: str) -> Counter[str]:
    """How often each column stands in the template. Raises TemplateWrong for what is not allowed."""
    found = list(_below(tree, 0))
    for node, depth in found:
        refused = "it is nested too deeply" if depth > _MAX_DEPTH else _refused(node)
        if refused:
            raise TemplateWrong(place=f"{place}, line {node.lineno}", what=refused)
    uses: Counter[str] = Counter()
    for node, _ in found:
        if isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Name):
            node.node.name = CELLS
            uses[getattr(node.arg, "value", "")] += 1
        elif isinstance(node, nodes.Name) and node.name != CELLS:
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
