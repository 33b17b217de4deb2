"""Which errors are the user's to mend: their line, and the exit code."""

from __future__ import annotations

from sqlalchemy.exc import DatabaseError as DriverError

from producers.errors import ProducerError
from promptrelay.answers.errors import AnswerError
from promptrelay.books.errors import BooksError
from promptrelay.cli.errors import CommandFailed
from promptrelay.data_dir import DataDirUnusable
from promptrelay.database.errors import AWAY, DatabaseError, DatabaseUrlWrong
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.redis_url import InvalidRedisUrl
from promptrelay.results.errors import ResultsError, ResultsMisplaced
from promptrelay.stack.errors import NoProvider, OtherProvider, StackError

_USAGE = (
    DatabaseUrlWrong,
    DataDirUnusable,
    InvalidRedisUrl,
    NoProvider,
    OtherProvider,
    ProducerError,
    ResultsMisplaced,
)
_FAILED = (AnswerError, BooksError, DatabaseError, ProviderError, ResultsError, StackError)


def one_line(error: Exception) -> tuple[str, int] | None:
    """The message and the exit code; None for an error that is ours to mend and shows its trace."""
    if isinstance(error, CommandFailed):
        return str(error) or " ".join((error.__doc__ or "").split()), error.exit_code
    if isinstance(error, _USAGE):
        return str(error) or " ".join((error.__doc__ or "").split()), 2
    if isinstance(error, _FAILED):
        return str(error) or " ".join((type(error).__doc__ or "").split()), 1
    if isinstance(error, AWAY):
        return _away(str(getattr(error, "orig", error))), 1
    if isinstance(error, DriverError) and "not a database" in str(error.orig):
        return "the database file is no SQLite database: bring it back from its backup, or move it away", 1
    return None


def _away(said: str) -> str:
    if "no such column" in said or "no such table" in said:
        return "the database lacks tables of this program: run `promptrelay migrate`"
    if "disk is full" in said:
        return "the disk of the database is full: nothing is sent until there is room"
    if "read-only" in said or "readonly" in said:
        return "the database takes no writes: PROMPTRELAY_DATABASE_URL must name the primary server"
    return "the database cannot be opened: see PROMPTRELAY_DATABASE_URL and PROMPTRELAY_DATA_DIR"
