"""A handler that catches everything stands at a named boundary and gives its reason."""

from __future__ import annotations

import ast
from collections.abc import Iterable

import pytest

from .sources import Source, product

BROAD = {"Exception", "BaseException"}


def unexplained_handlers(sources: Iterable[Source]) -> list[str]:
    """Broad handlers without a comment on their line or the one above or below; a `noqa` is no reason."""
    return [
        f"{source.path}:{node.lineno}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and _is_broad(node) and not _passes_on(node)
        if not _is_explained(source, node.lineno)
    ]


def _is_broad(node: ast.ExceptHandler) -> bool:
    if node.type is None:
        return True
    names = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(isinstance(name, ast.Name) and name.id in BROAD for name in names)


def _passes_on(node: ast.ExceptHandler) -> bool:
    """Whether the handler ends with a bare `raise`: it cleans up and catches nothing."""
    last = node.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _is_explained(source: Source, line_no: int) -> bool:
    lines = source.lines()
    own = lines[line_no - 1].partition("#")[2]
    reason = own.partition("noqa: BLE001")[2] if "noqa" in own else own
    around = lines[max(0, line_no - 2)], lines[min(line_no, len(lines) - 1)]
    return bool(reason.strip(" -:")) or any(line.strip().startswith("#") for line in around)


def test_every_broad_handler_gives_its_reason() -> None:
    assert unexplained_handlers(product()) == []


@pytest.mark.parametrize(
    "head",
    [
        "except:",
        "except Exception:",
        "except (OSError, BaseException) as e:",
        "except Exception:  # noqa: BLE001",
    ],
)
def test_the_checker_sees_a_broad_handler_without_a_reason(head: str) -> None:
    assert unexplained_handlers([Source("x.py", f"try:\n    a()\n{head}\n    b()\n")]) == ["x.py:3"]


@pytest.mark.parametrize(
    "handler",
    [
        "except OSError:\n    b()\n",
        "except BaseException:\n    b()\n    raise\n",
        "except Exception:  # noqa: BLE001 - the task's shell: what goes wrong is reported.\n    b()\n",
        "# The loop must outlive one bad tick.\nexcept Exception:  # noqa: BLE001\n    b()\n",
        "except Exception:\n    # The loop must outlive one bad tick.\n    b()\n",
    ],
)
def test_the_checker_lets_narrow_and_explained_handlers_be(handler: str) -> None:
    assert unexplained_handlers([Source("x.py", f"try:\n    a()\n{handler}")]) == []
