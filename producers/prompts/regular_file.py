"""Opens files that hold something: no pipe is waited for, and no device read without end."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from producers.prompts.errors import PromptFileNotRegular


def only_regular(path: str, flags: int) -> int:
    """An opener for `open`, which never waits. Raises OSError, and PromptFileNotRegular for all but files."""
    # A pipe that nobody writes to would hold up whoever opens it.
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise PromptFileNotRegular(path=Path(path))
