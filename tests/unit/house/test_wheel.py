"""The wheel holds the four packages, whole, and nothing else that can be imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from .sources import PACKAGES, ROOT, product_files


def build_wheel(project: Path, into: Path) -> Path:
    """Builds with the build tools that are installed; nothing is fetched."""
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(into),
        str(project),
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    (wheel,) = into.glob("*.whl")
    return wheel


def import_names(names: list[str]) -> list[str]:
    """Top-level names that a wheel makes importable."""
    tops = {name.split("/")[0] for name in names}
    return sorted(top for top in tops if not top.endswith((".dist-info", ".data")))


def left_out(expected: list[str], names: list[str]) -> list[str]:
    return sorted(set(expected) - set(names))


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    wheel = build_wheel(ROOT, tmp_path_factory.mktemp("wheel"))
    with ZipFile(wheel) as archive:
        return archive.namelist()


def test_each_import_name_of_ours_is_there_once_and_no_other(contents: list[str]) -> None:
    assert import_names(contents) == sorted(PACKAGES)
    assert len(contents) == len(set(contents))


def test_every_file_of_a_package_is_in_the_wheel(contents: list[str]) -> None:
    assert left_out([path for path, _ in product_files()], contents) == []


def test_the_command_is_declared(contents: list[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in contents)


def test_no_other_installed_distribution_owns_one_of_our_names() -> None:
    from importlib.metadata import packages_distributions

    owners = packages_distributions()
    assert {name: owners[name] for name in PACKAGES if set(owners.get(name, [])) - {"promptrelay"}} == {}


def test_the_checkers_see_a_stray_module_and_a_missing_script() -> None:
    names = ["config/__init__.py", "tests/x.py", "promptrelay-0.1.dist-info/RECORD"]
    assert import_names(names) == ["config", "tests"]
    assert left_out(["promptrelay/dataforseo/take.lua"], names) == ["promptrelay/dataforseo/take.lua"]
