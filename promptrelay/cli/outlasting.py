"""Lets a command outlast its terminal: what cannot be shown any more is not shown, and the work goes on."""

from __future__ import annotations

import os
import sys
from typing import Any


def outlast_the_terminal() -> None:
    """From now on a standard stream that takes nothing any more (EIO, EPIPE) is left alone, and no error."""
    sys.stdout, sys.stderr = Outlasting(sys.stdout), Outlasting(sys.stderr)


class Outlasting:
    """A text stream that swallows what its other end no longer reads; else the stream itself."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write the text, or nothing once nobody is there."""
        try:
            return int(self._stream.write(text))
        except OSError:
            self._leave()
            return len(text)

    def flush(self) -> None:
        """Hand on what was written, if anybody takes it."""
        try:
            self._stream.flush()
        except OSError:
            self._leave()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _leave(self) -> None:
        """Point the descriptor nowhere: Python flushes the stream once more while it ends."""
        try:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        except (OSError, ValueError):  # Closed, or no file: nothing is flushed then.
            return
