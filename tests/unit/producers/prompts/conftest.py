"""Prompt files made on the spot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PromptFile = Callable[..., Path]


@pytest.fixture
def prompt_file(tmp_path: Path) -> PromptFile:
    """Writes a prompt file and gives its path."""

    def write(content: str | bytes, name: str = "prompts.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write
