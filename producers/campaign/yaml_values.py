"""YAML as plain values, read so that nothing is guessed: the core schema, no aliases, no key twice.

Only true and false are flags (the country NO is text), figures keep their digits, dates are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from producers.campaign.errors import CampaignYamlBroken
from producers.prompts.lines import physical_lines
from promptrelay.domain.prompt_rules import flaw

MAX_CHARS = 1_000_000
_TAG = "tag:yaml.org,2002:"
_NULL, _BOOL, _INT, _FLOAT, _STR = (f"{_TAG}{name}" for name in ("null", "bool", "int", "float", "str"))
# Figures with leading zeros or very many digits are names of something: they stay text.
_FIGURE = r"[-+]?(0|[1-9][0-9]{0,17})"


class _Loader(yaml.SafeLoader):
    """Composes nodes only; aliases are refused, because a few lines of them can stand for gigabytes."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the library's own class attribute

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem="aliases (*name) are not used here; write it out", problem_mark=mark
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


for _tag, _shape, _starts in (
    (_NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (_INT, _FIGURE, list("-+0123456789")),
    (_FLOAT, _FIGURE + r"?(\.[0-9]{1,30}|\.)?([eE][-+]?[0-9]{1,3})?", list("-+0123456789.")),
):
    _Loader.add_implicit_resolver(_tag, re.compile(f"^(?:{_shape})$"), _starts)


@dataclass(frozen=True, slots=True)
class YamlValues:
    """What a YAML file holds, and where."""

    value: Any
    """Mappings, lists, text, int, Decimal, bool and None."""
    _root: yaml.Node | None

    def lines(self, *keys: str) -> list[int]:
        """The line of each entry of the list under these keys; empty when there is none."""
        node = self._root
        for key in keys:
            node = next((v for k, v in _pairs(node) if k.value == key), None)
        return (
            [entry.start_mark.line + 1 for entry in node.value] if isinstance(node, yaml.SequenceNode) else []
        )


def read_yaml(path: Path) -> YamlValues:
    """The file's one document. Raises CampaignYamlBroken with line and column, and PromptFileError."""
    text = _text(path)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        return YamlValues(None if root is None else _value(root), root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise CampaignYamlBroken(path=path, place=place, what=_what(error)) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise CampaignYamlBroken(
            path=path, place=f", line {line}", what="a control character; remove it"
        ) from None
    except RecursionError:
        raise CampaignYamlBroken(path=path, place="", what="nested too deeply") from None


def _text(path: Path) -> str:
    parts: list[str] = []
    length = 0
    for line in physical_lines(path):
        length += len(line)
        if length > MAX_CHARS:
            what = f"longer than {MAX_CHARS} characters; put the prompts into a file of their own"
            raise CampaignYamlBroken(path=path, place="", what=what)
        parts.append(line)
    return "".join(parts)


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
        return _mapping(node)
    if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
        return [_value(entry) for entry in node.value]
    if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
        return _scalar(node)
    raise yaml.MarkedYAMLError(
        problem=f"the tag {node.tag.replace(_TAG, '!!')} is not used here; leave it out",
        problem_mark=node.start_mark,
    )


def _check_text(node: yaml.ScalarNode) -> None:
    """A NUL in a tag, say, would stop whoever writes it to the database."""
    wrong = flaw(node.value)
    if wrong:
        raise yaml.MarkedYAMLError(problem=f"this text has {wrong}", problem_mark=node.start_mark)


def _scalar(node: yaml.ScalarNode) -> Any:
    _check_text(node)
    try:
        return _SCALARS[node.tag](node.value)
    except (ValueError, ArithmeticError):
        name = node.tag.replace(_TAG, "!!")
        raise yaml.MarkedYAMLError(problem=f"this is no {name}", problem_mark=node.start_mark) from None


_SCALARS: Mapping[str, Any] = {
    _NULL: lambda _: None,
    _BOOL: lambda text: text.lower() == "true",
    _INT: int,
    _FLOAT: Decimal,
    _STR: str,
}


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in _pairs(node):
        if key.tag != _STR:
            raise yaml.MarkedYAMLError(
                problem="a key has to be text; put it in quotes", problem_mark=key.start_mark
            )
        _check_text(key)
        if key.value in found:
            raise yaml.MarkedYAMLError(
                problem=f"the key {key.value} stands twice", problem_mark=key.start_mark
            )
        found[key.value] = _value(value)
    return found


def _pairs(node: yaml.Node | None) -> Iterator[tuple[Any, Any]]:
    yield from node.value if isinstance(node, yaml.MappingNode) else ()


def _what(error: yaml.MarkedYAMLError) -> str:
    said = error.problem or error.context or "cannot be read"
    if said.startswith("but ") and error.context:
        said = f"{error.context}, {said}"
    return " ".join(said.split()).replace("'\\t'", "tab")
