"""The kept list: faults of one place each, with the promise that they break and the tests that must notice.

A file below `rooms/` is a room: the tests that guard it, then its faults.

    tests = ["tests/unit/domain"]              paths of files or folders, run in this order with -x
    options = ["-k", "not postgresql"]         further words for pytest, if any

    [[fault]]
    name = "a queued job may be sent"          what is wrong then, in a few words
    at = "promptrelay/database/attempts/permission.py:_take"
    find = "jobs.c.state == JobState.CLAIMED"  text that stands there once; `times = 2`: twice, both changed
    put = "jobs.c.state.is_not(None)"          what stands there instead
    promise = "P4"                             the rule, or the promise in words
    accepted = "…"                             why it need not be noticed; without it a survivor is trouble

`at` is a file, then after a colon the function or class that holds the text: so that a short text is enough,
and stays right when the file around it changes.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any


class StaleFault(Exception):
    """An entry of the list that fits the source no more, with what to mend."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One change at one place."""

    room: str
    name: str
    file: str
    holder: str
    """The function or class that holds the text; empty: the whole file."""
    find: str
    put: str
    promise: str
    times: int = 1
    accepted: str = ""

    def __str__(self) -> str:
        return f"{self.room}: {self.name}"

    def planted(self, text: str) -> str:
        """The file's text with the fault in it. Raises StaleFault."""
        start, end = self._span(text)
        found = text[start:end].count(self.find)
        if found != self.times:
            place = f"{self.file}:{self.holder}" if self.holder else self.file
            near = self._nearest(text[start:end]) if not found else ""
            raise StaleFault(
                f"{self}: `find` stands {found} times in {place}, expected {self.times}{near}; mend the entry"
            )
        changed = text[:start] + text[start:end].replace(self.find, self.put) + text[end:]
        if self.file.endswith(".py"):
            try:
                ast.parse(changed)
            except SyntaxError as error:
                raise StaleFault(f"{self}: {self.file} is no Python with it ({error}); mend `put`") from None
        return changed

    def _span(self, text: str) -> tuple[int, int]:
        if not self.holder:
            return 0, len(text)
        for name, node in _definitions(ast.parse(text)):
            if name == self.holder:
                lines = text.splitlines(keepends=True)
                return len("".join(lines[: node.lineno - 1])), len("".join(lines[: node.end_lineno]))
        raise StaleFault(f"{self}: {self.file} has no {self.holder} any more; mend `at`")

    def _nearest(self, text: str) -> str:
        lines = [line.strip() for line in text.splitlines()]
        near = get_close_matches(self.find.strip(), lines, n=1, cutoff=0.3)
        return f" (nearest line: {near[0]})" if near else ""


@dataclass(frozen=True, slots=True)
class Room:
    """Faults that the same tests must notice."""

    name: str
    tests: tuple[str, ...]
    options: tuple[str, ...]
    faults: tuple[Fault, ...]


def _definitions(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _definitions(node, f"{prefix}{node.name}.")


def read_rooms(folder: Path) -> list[Room]:
    """Every room of the list. Raises StaleFault for an entry that cannot be read."""
    return [_read(path) for path in sorted(folder.glob("*.toml"))]


def _read(path: Path) -> Room:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        faults = tuple(_fault(path.stem, **values) for values in found.get("fault", ()))
        return Room(path.stem, tuple(found["tests"]), tuple(found.get("options", ())), faults)
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise StaleFault(f"{path.name}: {error}; see {Path(__file__).name} for what an entry holds") from None


def _fault(room: str, *, at: str, **values: Any) -> Fault:
    file, _, holder = at.partition(":")
    return Fault(room=room, file=file, holder=holder, **values)


def stale(root: Path, rooms: list[Room]) -> list[str]:
    """What does not fit the tree any more, an entry each."""
    told = [
        f"{room.name}: there is no {path}; mend `tests`" for room in rooms for path in _missing(root, room)
    ]
    seen: set[str] = set()
    for fault in (fault for room in rooms for fault in room.faults):
        if str(fault) in seen:
            told.append(f"{fault}: there are two of that name; rename one")
        seen.add(str(fault))
        try:
            fault.planted((root / fault.file).read_text("utf-8"))
        except FileNotFoundError:
            told.append(f"{fault}: there is no {fault.file}; mend `at`")
        except StaleFault as error:
            told.append(str(error))
    return told


def _missing(root: Path, room: Room) -> list[str]:
    return [path for path in room.tests if not (root / path.partition("::")[0]).exists()]
