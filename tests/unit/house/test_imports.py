"""Imports run downhill and never in a circle."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from .sources import ROOT, Source, product


def import_graph(sources: Iterable[Source]) -> dict[str, set[str]]:
    """Which module imports which when it is loaded; imports in functions and for types only do not count."""
    known = {source.module: source for source in sources}
    return {name: set(_imported(source, known.keys())) - {name} for name, source in known.items()}


def _imported(source: Source, known: Iterable[str]) -> Iterable[str]:
    for node in _loaded(source.tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        if isinstance(node, ast.ImportFrom):
            origin = _origin(source, node)
            inner = [f"{origin}.{alias.name}" for alias in node.names]
            yield from (name for name in inner if name in known)
            if origin in known and any(name not in known for name in inner):
                yield origin


def _origin(source: Source, node: ast.ImportFrom) -> str:
    if node.level == 0:
        return node.module or ""
    parts = source.module.split(".")
    folder = parts[: len(parts) - node.level + int(source.is_package)]
    return ".".join([*folder, *([node.module] if node.module else [])])


def _loaded(body: Iterable[ast.stmt]) -> Iterable[ast.stmt]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from _loaded(getattr(node, part, []))


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """One circle of imports, or nothing."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    # The command's own script stands beside the interpreter, also where the environment is not activated.
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_no_module_imports_in_a_circle() -> None:
    assert cycle(import_graph(product())) == []


def test_the_checker_sees_a_circle_also_a_relative_one() -> None:
    one = Source("room/__init__.py", "from . import a\n")
    a = Source("room/a.py", "import json\nif json:\n    from room.b import thing\n")
    b = Source("room/b.py", "from .a import other\nthing = 1\n")
    assert set(cycle(import_graph([one, a, b]))) == {"room.a", "room.b"}


def test_the_checker_lets_late_and_typing_imports_be() -> None:
    a = Source("room/a.py", "def f():\n    from room import b\n")
    b = Source("room/b.py", "if TYPE_CHECKING:\n    from room.c import x\nfrom room import a\n")
    c = Source("room/c.py", "from room import b\n")
    assert cycle(import_graph([a, b, c])) == []


def test_the_import_contracts_hold() -> None:
    result = lint_imports(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_broken_import_contract_is_seen(tmp_path: Path) -> None:
    (tmp_path / "upper.py").write_text("import lower\n")
    (tmp_path / "lower.py").write_text("")
    (tmp_path / "pyproject.toml").write_text(
        '[tool.importlinter]\nroot_packages = ["upper", "lower"]\n'
        '[[tool.importlinter.contracts]]\nname = "x"\ntype = "forbidden"\n'
        'source_modules = ["upper"]\nforbidden_modules = ["lower"]\n'
    )
    assert lint_imports(tmp_path).returncode != 0
