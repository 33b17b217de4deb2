"""The project names no place of one machine: it works wherever it is checked out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

import pytest

from .sources import ROOT, product_files
from .test_names import TOP

# A home, a work folder, or where packages happen to come from.
PLACES = re.compile(
    r"(?<![\w.~-])/(?:work|root|home|opt|Users)/\w"
    r"|pypi\.org|pythonhosted|--(?:extra-)?index-url|find-links"
)


def places(files: Iterable[tuple[str, str]]) -> list[str]:
    """Lines that name a place, as path:line."""
    return [
        f"{path}:{number}"
        for path, text in files
        for number, line in enumerate(text.splitlines(), 1)
        if PLACES.search(line)
    ]


def around() -> Iterable[tuple[str, str]]:
    """What is not a product package and still ships or builds it."""
    files = chain((ROOT / name for name in TOP), (ROOT / "ops").rglob("*"), (ROOT / ".ci").rglob("*"))
    return (
        (str(file.relative_to(ROOT)), file.read_text(errors="replace")) for file in files if file.is_file()
    )


def test_no_product_file_names_a_place_of_one_machine() -> None:
    assert places(product_files()) == []


def test_no_file_around_the_product_does() -> None:
    # A container's own folders are nobody's machine.
    assert [
        place for place in places(around()) if not place.startswith(("ops/Dockerfile", "docker-compose"))
    ] == []


@pytest.mark.parametrize(
    "line", ["open('/work/main/x')", "cd /home/ann/x", "--index" + "-url x", "https://py" + "pi.org/simple"]
)
def test_the_checker_sees_a_place(line: str) -> None:
    assert places([("x.py", f"ok\n{line}\n")]) == ["x.py:2"]


@pytest.mark.parametrize(
    "line", ["GET /v3/ai_optimization/home/x", "answers/work/x", "./.promptrelay/demo", "run/home"]
)
def test_the_checker_lets_other_paths_be(line: str) -> None:
    assert places([("x.py", line)]) == []
