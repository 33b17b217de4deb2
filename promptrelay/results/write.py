"""Writes results to a file that is whole or not there, or to standard output."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from promptrelay.answers.reader import AnswerReader
from promptrelay.database.database import Database
from promptrelay.results.encode import as_csv, jsonl
from promptrelay.results.errors import ResultsUnwritable
from promptrelay.results.lines import ResultLine, result_lines

STDOUT = "-"
Format = Literal["jsonl", "csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOptions:
    """What is written and how."""

    format: Format = "jsonl"
    all_rows: bool = False
    """Also lines without an answer, with their state and reason."""
    raw: bool = False
    """Also the provider's task objects."""
    raw_cells: bool = False
    """CSV cells as they are, also those that a spreadsheet would run."""


@dataclass(slots=True)
class Written:
    """What was written."""

    lines: int = 0
    incomplete: int = 0
    """Lines whose answer the store has lost; `refetch` brings it back while the provider has it."""


def write_results(
    database: Database, reader: AnswerReader, run_id: str, out: str, options: ResultOptions
) -> Written:
    """Write a run's results to the path, or to standard output for `-`.

    The file appears whole or not at all. Raises ResultsUnwritable, StoreUnavailable.
    """
    written = Written()
    lines = _counted(result_lines(database, reader, run_id, all_rows=options.all_rows), written)
    encoded = _encoded(lines, options)
    if out == STDOUT:
        _copy(encoded, sys.stdout.buffer)
    else:
        with whole_file(Path(out)) as file:
            _copy(encoded, file)
    return written


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the path's place, durable, when the block ends; nothing is left when it raises."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    except OSError as error:
        raise ResultsUnwritable(f"{path}: cannot be written ({error.strerror})") from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        _replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _replace(temporary: Path, path: Path) -> None:
    try:
        temporary.replace(path)
    except OSError as error:
        raise ResultsUnwritable(f"{path}: cannot be written ({error.strerror})") from error
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _encoded(lines: Iterable[ResultLine], options: ResultOptions) -> Iterator[bytes]:
    if options.format == "csv":
        return as_csv(lines, raw=options.raw, all_rows=options.all_rows, raw_cells=options.raw_cells)
    return jsonl(lines, raw=options.raw)


def _counted(lines: Iterable[ResultLine], written: Written) -> Iterator[ResultLine]:
    for line in lines:
        written.lines += 1
        written.incomplete += line.is_incomplete
        yield line


def _copy(encoded: Iterable[bytes], file: BinaryIO) -> None:
    for piece in encoded:
        file.write(piece)
    file.flush()
