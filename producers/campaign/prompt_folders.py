"""Where the prompts of a campaign may lie: whoever writes one does not read with its reader's eyes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def is_within(file: Path, folders: Sequence[Path]) -> bool:
    """Whether the file lies in one of the folders or below, all links followed."""
    place = _real(file)
    return any(place.is_relative_to(_real(folder)) for folder in folders)


def _real(path: Path) -> Path:
    # Path.resolve raises where links go round in circles; this ends, and opening the file says the rest.
    return Path(os.path.realpath(path))
