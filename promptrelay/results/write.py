"""Writes results to a file that is whole or not there, or to standard output."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal, TextIO

from promptrelay.answers.reader import AnswerReader
from promptrelay.database.database import Database
from promptrelay.results.encode import Encoding, as_csv, jsonl
from promptrelay.results.errors import ResultsMisplaced, ResultsUnwritable
from promptrelay.results.freshness import change_mark
from promptrelay.results.lines import ResultPage, result_pages
from promptrelay.results.order import Cursor, Selection
from promptrelay.results.part_file import PartFile, part_file
from promptrelay.results.record import FIELDS

STDOUT = "-"
CHECKPOINT_LINES = 1000
"""What is written again at most when an export is cut off."""
Format = Literal["jsonl", "csv"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultOptions:
    """What is written and how."""

    format: Format = "jsonl"
    selection: Selection = field(default_factory=Selection)
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
    resumed_at: int = 0
    """Lines that an earlier, cut-off export had written already."""


@dataclass(frozen=True, slots=True)
class Export:
    """A run's results on their way to a place. `write` raises ResultsUnwritable and StoreUnavailable."""

    database: Database
    reader: AnswerReader
    run_id: str
    options: ResultOptions

    def write(self, out: str) -> Written:
        """Write to the path, or to standard output for `-`.

        A file appears whole or not at all, and a cut-off one is gone on with as long as nothing has happened
        to the run. What is no file, such as a pipe, is written straight. Raises BrokenPipeError.
        """
        if out == STDOUT:
            return self._straight("standard output", _standard_output())
        path = _place(out)
        if path.exists() and not path.is_file():
            pipe = path.open("wb")
            try:
                return self._straight(out, pipe)
            finally:
                # What could not be written is said already, and closing would try once more.
                with suppress(OSError):
                    pipe.close()
        with part_file(path, identity=self._identity()) as part:
            return self._into(part)

    def _straight(self, name: str, stream: BinaryIO) -> Written:
        encoding, written = self._encoding, Written()
        pieces = (b"".join(_encoded(page, encoding, written)) for page in self._pages(None))
        for piece in chain((encoding.header,), pieces):
            # One write a page: whoever reads a pipe sees lines as they come, and few system calls are made.
            try:
                stream.write(piece)
                stream.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                raise ResultsUnwritable(f"{name}: cannot be written ({error.strerror})") from error
        return written

    def _into(self, part: PartFile) -> Written:
        encoding, written, after = self._encoding, Written(), None
        if part.kept is None:
            part.write(encoding.header)
        else:
            written = Written(lines=part.kept["lines"], resumed_at=part.kept["lines"])
            after = part.kept["after"]
        kept = written.lines
        for page in self._pages(after):
            part.write(b"".join(_encoded(page, encoding, written)))
            # A line without its answer is written anew next time: the answer may be back by then.
            if written.lines - kept >= CHECKPOINT_LINES and not written.incomplete:
                part.checkpoint({"lines": written.lines, "after": page.cursor})
                kept = written.lines
        return written

    def _pages(self, after: Cursor | None) -> Iterator[ResultPage]:
        return result_pages(self.database, self.reader, self.run_id, self.options.selection, after=after)

    @property
    def _encoding(self) -> Encoding:
        options = self.options
        if options.format == "csv":
            all_rows = options.selection.all_rows
            return as_csv(raw=options.raw, all_rows=all_rows, raw_cells=options.raw_cells)
        return jsonl(raw=options.raw)

    def _identity(self) -> str:
        """What must be the same for a cut-off file to be gone on with."""
        with self.database.read() as connection:
            now = change_mark(connection, self.run_id)
        facts = [self.run_id, asdict(self.options), FIELDS, now]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _encoded(page: ResultPage, encoding: Encoding, written: Written) -> Iterator[bytes]:
    for line in page.lines:
        yield encoding.encode(line)
        written.lines += 1
        written.incomplete += line.is_incomplete


def _place(out: str) -> Path:
    """The path, behind links if it is or will be a file. Raises ResultsMisplaced for what can be no file."""
    if not out or out.endswith("/"):
        raise ResultsMisplaced(f"--out {out!r} names no file")
    try:
        path = Path(out)
        mode = path.stat().st_mode if path.exists() else 0
    except (OSError, ValueError) as error:
        raise ResultsMisplaced(f"{out[:80]!r} can be no path") from error
    if stat.S_ISDIR(mode):
        raise ResultsMisplaced(f"{out} is a directory; name a file in it")
    if mode and not stat.S_ISREG(mode):
        return path
    if not path.resolve().parent.is_dir():
        raise ResultsMisplaced(f"{out}: there is no directory {path.parent}")
    return path.resolve()


def _standard_output() -> BinaryIO:
    # It is None where the caller has closed it.
    stdout: TextIO | None = sys.stdout
    if stdout is None:
        raise ResultsUnwritable("standard output is closed; name a file with --out")
    return stdout.buffer
