"""Modules are called after a thing of the domain, and the top of the checkout is the one we describe."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import pytest

from .sources import PACKAGES, ROOT, product_files

DUMPING_GROUNDS = {"util", "utils", "common", "helper", "helpers", "misc", "base", "manager", "managers"}
# A file of this name shadows the library when it is run as a script.
SHADOWS = {"celery"}
TOP = ("pyproject.toml", "constraints.txt", "docker-compose.yml", "Makefile", "README.md", "CHANGELOG.md")
ROOMS = (*PACKAGES, "ops", "tests", "examples")


def bad_names(paths: Iterable[str]) -> list[str]:
    """Paths with a part, a folder's or a file's, that says nothing or shadows a library."""
    forbidden = DUMPING_GROUNDS | SHADOWS
    return [
        path for path in paths if forbidden & {PurePosixPath(part).stem for part in PurePosixPath(path).parts}
    ]


def missing(root: Path, names: Iterable[str]) -> list[str]:
    return [name for name in names if not (root / name).exists()]


def test_no_module_is_a_dumping_ground_and_none_shadows_celery() -> None:
    assert bad_names(path for path, _ in product_files()) == []


@pytest.mark.parametrize("path", ["workers/celery.py", "promptrelay/utils.py", "promptrelay/common/x.py"])
def test_the_checker_sees_a_bad_name(path: str) -> None:
    assert bad_names([path, "workers/app.py"]) == [path]


def test_every_file_and_room_at_the_top_is_there() -> None:
    assert missing(ROOT, TOP + ROOMS) == []


def test_the_checker_sees_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "workers").mkdir()
    assert missing(tmp_path, ["workers", "README.md"]) == ["README.md"]
