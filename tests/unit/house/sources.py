"""The product's source files, read once, and the checkers of the house rules."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGES = ("config", "producers", "promptrelay", "workers")


@dataclass(frozen=True)
class Source:
    """One Python file, by its path below the root."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def module(self) -> str:
        """The dotted name; a package's is its folder's."""
        return self.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")

    @property
    def is_package(self) -> bool:
        return Path(self.path).name == "__init__.py"

    def lines(self) -> list[str]:
        return self.text.splitlines()


@lru_cache
def product() -> tuple[Source, ...]:
    """Every Python file of the product packages."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
    return tuple(Source(str(file.relative_to(ROOT)), file.read_text()) for file in files)


@lru_cache
def product_files() -> tuple[tuple[str, str], ...]:
    """Every text file of the product packages, whatever its kind: path and text."""
    files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*")))
    kept = (file for file in files if file.is_file() and file.suffix != ".pyc")
    return tuple((str(file.relative_to(ROOT)), file.read_text(errors="replace")) for file in kept)


def functions(sources: Iterable[Source]) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function and method with a name to find it by."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield f"{source.path}:{node.lineno} {node.name}", node
