"""No folder is a corridor, and the tests of a room are found where the room is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from .sources import PACKAGES, ROOT

MAX_FILES = 20
CODE = (*PACKAGES, "ops", "tests")
MIRRORS = ("tests/unit", "tests/integration")


def python_files(root: Path, tops: Iterable[str]) -> list[str]:
    """Every Python file below these folders, by its path below the root."""
    return [str(file.relative_to(root)) for top in tops for file in sorted((root / top).rglob("*.py"))]


def crowded(paths: Iterable[str]) -> dict[str, int]:
    """Folders with more files of code than the eye takes in, and how many."""
    counts = Counter(str(PurePosixPath(path).parent) for path in paths)
    return {folder: count for folder, count in counts.items() if count > MAX_FILES}


def room_of(folder: PurePosixPath) -> PurePosixPath:
    """The product's folder that this folder of tests, below `tests/unit`, is named for."""
    return folder if folder.parts[0] in PACKAGES else "promptrelay" / folder


def misplaced(root: Path, mirror: str) -> list[str]:
    """Folders of tests that are named as no room; the house is the checkout itself."""
    files = (file.relative_to(root / mirror) for file in (root / mirror).rglob("*.py"))
    folders = {folder for file in files for folder in file.parents if folder.parts}
    return sorted(
        f"{mirror}/{folder}"
        for folder in folders - {Path("house")}
        if not (root / room_of(PurePosixPath(folder))).is_dir()
    )


def test_no_folder_of_code_is_crowded() -> None:
    assert crowded(python_files(ROOT, CODE)) == {}


def test_the_checker_sees_a_crowded_folder() -> None:
    assert crowded([*(f"room/{n}.py" for n in range(21)), "room/inner/a.py"]) == {"room": 21}


@pytest.mark.parametrize("mirror", MIRRORS)
def test_tests_are_where_their_room_is(mirror: str) -> None:
    assert misplaced(ROOT, mirror) == []


def test_the_checker_sees_tests_of_no_room(tmp_path: Path) -> None:
    for room in ("workers/paying", "promptrelay/cli"):
        (tmp_path / room).mkdir(parents=True)
    for folder in ("house", "workers/paying", "cli", "cli_plan", "paid"):
        (tmp_path / "tests/unit" / folder).mkdir(parents=True)
        (tmp_path / "tests/unit" / folder / "test_x.py").touch()
    assert misplaced(tmp_path, "tests/unit") == ["tests/unit/cli_plan", "tests/unit/paid"]
