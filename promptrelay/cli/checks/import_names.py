"""Whether the four import names are ours; imports nothing of them itself, for they may be strangers."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from promptrelay.cli.checks.finding import Finding, fail, ok, warn

NAMES = ("config", "producers", "promptrelay", "workers")
_NAME = "import names"


def strangers() -> dict[str, str]:
    """The names that another file answers to, with that file; none when all is well."""
    root = _root()
    origins = {name: _origin(name) for name in NAMES}
    return {name: place for name, place in origins.items() if Path(place).parent != root / name}


def line_about(found: dict[str, str]) -> str:
    """What is wrong with these names, in one line."""
    taken = ", ".join(f"{name} is {place}" for name, place in sorted(found.items()))
    return f"import names are taken by other files: {taken}; rename them, or take their folder off PYTHONPATH"


def check_import_names(folder: Path) -> list[Finding]:
    """The names as this process sees them, and those that a file in the folder would take from others."""
    found = strangers()
    if found:
        what, _, cure = line_about(found).partition("; ")
        return [fail(_NAME, what, cure)]
    stray = [name for name in NAMES if folder != _root() and _stray(folder, name)]
    if stray:
        names = ", ".join(stray)
        return [
            warn(
                _NAME,
                f"{names} in {folder} would be taken for ours by `celery -A workers.app` started here",
                "start workers with `promptrelay worker`, or rename what lies here",
            )
        ]
    return [ok(_NAME, f"{', '.join(NAMES)} are ours")]


def _root() -> Path:
    return Path(__file__).resolve().parents[3]


def _origin(name: str) -> str:
    spec = find_spec(name)
    if spec is None:
        return "missing"
    return (
        str(Path(spec.origin).resolve())
        if spec.origin
        else str(next(iter(spec.submodule_search_locations or ["unknown"])))
    )


def _stray(folder: Path, name: str) -> bool:
    return (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()
