"""The physical lines of a prompt file, decoded, one at a time."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from producers.prompts.errors import (
    PromptFileHasNul,
    PromptFileNotText,
    PromptFileUnreadable,
    PromptLineTooLong,
)
from producers.prompts.regular_file import only_regular

MAX_LINE_CHARS = 20_000_000
"""A limit, so that a file without line ends does not fill the memory."""

_MARKS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK_BYTES = 65_536


def physical_lines(path: Path) -> Iterator[str]:
    """Every line with its own line end. UTF-8, or what a byte order mark says; raises PromptFileError."""
    try:
        encoding = _encoding(path)
        # newline="" keeps line ends as they are: inside a quoted cell they belong to the prompt.
        with open(path, encoding=encoding, newline="", opener=only_regular) as file:
            for line_no, line in enumerate(iter(partial(file.readline, MAX_LINE_CHARS + 1), ""), 1):
                if len(line) > MAX_LINE_CHARS:
                    raise PromptLineTooLong(path=path, line_no=line_no, most=MAX_LINE_CHARS)
                if "\0" in line:
                    raise PromptFileHasNul(path=path, line_no=line_no)
                # Two programs in a row may each have put a mark there; the codec takes one off.
                yield line.removeprefix("\ufeff") if line_no == 1 else line
    except UnicodeDecodeError:
        raise _not_text(path, encoding) from None
    except OSError as error:
        raise PromptFileUnreadable(path=path, reason=error.strerror) from error


def _encoding(path: Path) -> str:
    with open(path, "rb", opener=only_regular) as file:
        start = file.read(4)
    return next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "utf-8-sig")


def _not_text(path: Path, encoding: str) -> PromptFileNotText:
    """Reads once more to find the place, which a decoder working in chunks does not tell."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line_no, byte_no = 1, 1
    with open(path, "rb", opener=only_regular) as file:
        ended = False
        while not ended:
            chunk = file.read(_CHUNK_BYTES)
            ended = not chunk
            pending = len(decoder.getstate()[0])
            try:
                line_no += decoder.decode(chunk, final=ended).count("\n")
            except UnicodeDecodeError as error:
                line_no += bytes(error.object[: error.start]).decode(encoding, errors="ignore").count("\n")
                byte_no += error.start - pending
                break
            byte_no += len(chunk)
    name = encoding.removesuffix("-sig").upper()
    return PromptFileNotText(path=path, line_no=line_no, byte_no=byte_no, encoding=name)
