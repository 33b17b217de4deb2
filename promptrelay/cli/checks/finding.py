"""What a check has found: well, doubtful or broken, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    """It works; something about it should be known."""
    FAIL = "fail"
    """It does not work, or money and answers are not safe."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a check; `cure` says what to do and is empty where nothing is to be done."""

    name: str
    level: Level
    what: str
    cure: str = ""

    def as_json(self) -> dict[str, str]:
        """The finding as other tools read it."""
        return {"name": self.name, "level": self.level, "what": self.what, "cure": self.cure}


def ok(name: str, what: str) -> Finding:
    """All is well."""
    return Finding(name, Level.OK, what)


def warn(name: str, what: str, cure: str) -> Finding:
    """It works, and should be looked at."""
    return Finding(name, Level.WARN, what, cure)


def fail(name: str, what: str, cure: str) -> Finding:
    """It must be mended."""
    return Finding(name, Level.FAIL, what, cure)
