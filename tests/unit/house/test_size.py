"""Files and functions stay short enough to be read in one go."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from statistics import median

from .sources import Source, functions, product

MAX_FILE_LINES = 400
MEDIAN_FILE_LINES = 80
MAX_FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 8


def file_lengths(sources: Iterable[Source]) -> dict[str, int]:
    """Lines of each file that has any; an empty `__init__` would only flatter the median."""
    return {source.path: len(source.lines()) for source in sources if source.text.strip()}


def function_lengths(sources: Iterable[Source]) -> dict[str, int]:
    """Lines from `def` to the end, without decorators and docstring."""
    return {name: _length(node) for name, node in functions(sources)}


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    whole = (node.end_lineno or node.lineno) - node.lineno + 1
    if ast.get_docstring(node, clean=False) is None:
        return whole
    docstring = node.body[0]
    return whole - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def too_long(lengths: dict[str, int], limit: int) -> list[str]:
    return [f"{name}: {lines} lines" for name, lines in lengths.items() if lines > limit]


def test_no_file_is_too_long() -> None:
    assert too_long(file_lengths(product()), MAX_FILE_LINES) == []


def test_the_median_file_is_short() -> None:
    assert median(file_lengths(product()).values()) <= MEDIAN_FILE_LINES


def test_no_function_is_too_long() -> None:
    assert too_long(function_lengths(product()), MAX_FUNCTION_LINES) == []


def test_the_median_function_is_short() -> None:
    assert median(function_lengths(product()).values()) <= MEDIAN_FUNCTION_LINES


def test_the_checker_sees_a_long_file() -> None:
    source = Source("x.py", "a = 1\n" * 401)
    assert too_long(file_lengths([source]), MAX_FILE_LINES) == ["x.py: 401 lines"]


def test_the_checker_sees_a_long_function_and_takes_its_docstring_off() -> None:
    body = "    a = 1\n" * 60
    assert too_long(function_lengths([Source("x.py", f"def f():\n{body}")]), 60) == ["x.py:1 f: 61 lines"]
    described = f'def f():\n    """One.\n\n    More.\n    """\n{body}'
    assert function_lengths([Source("x.py", described)]) == {"x.py:1 f": 61}
