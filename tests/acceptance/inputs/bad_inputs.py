"""What a bad input is: a command line, the files it finds, and the one line that it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

GOOD = "prompt\nWhich bakery is best?\n"
LONG = "x" * 501
TOO_LONG = "the prompt has 501 characters, 1 more than the 500 allowed: shorten it"
NO_PLATFORM = "there are chat_gpt, claude, gemini and perplexity"
ROWS = "every row of the file is refused; nothing was sent. line 2:"
OR_NO_FIELD = "or --plain-columns, if that column is no request field"
REASONS = "'refused', 'failed', 'expired', 'overdue', 'lost', 'quarantined', 'lost_live'"
NO_RUN = "no run or campaign is called nosuch; start one with `promptrelay run FILE`"
NO_URL = "the database URL is not postgresql://USER:PASSWORD@HOST/NAME and not sqlite:////PATH"
NOT_OPEN = "the database cannot be opened: see PROMPTRELAY_DATABASE_URL and PROMPTRELAY_DATA_DIR"
KINDS = (
    "use .csv or .tsv (with a header row), .jsonl or .ndjson (an object a line), .txt (one prompt a line), "
    "or a campaign in .yaml that names one of them."
)


@dataclass(frozen=True)
class Bad:
    """A command line (words split at spaces, or given), the files it finds, and what it is told."""

    said: str | tuple[str, ...]
    line: str
    """All of standard error, without `promptrelay: `."""
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    """Beside p.csv, which holds one good prompt."""
    settings: Mapping[str, str] = field(default_factory=dict)
    code: int = 2

    @property
    def words(self) -> list[str]:
        return self.said.split() if isinstance(self.said, str) else list(self.said)

    @property
    def name(self) -> str:
        return " ".join([*(f"{key}={value}" for key, value in self.settings.items()), *self.words])[:70]


def of_file(content: str | bytes, line: str, name: str = "q.csv", *options: str) -> Bad:
    return Bad(("submit", name, *options), line, {name: content})


def of_campaign(text: str, line: str) -> Bad:
    return Bad("submit c.yaml", line, {"c.yaml": text})


def option(said: str | tuple[str, ...], line: str) -> Bad:
    words = said.split() if isinstance(said, str) else said
    return Bad(("plan", "p.csv", *words), line)


def setting(name: str, value: str, line: str, said: str = "submit p.csv", code: int = 2) -> Bad:
    return Bad(said, line, settings={name: value}, code=code)


def usage(said: str, line: str) -> Bad:
    return Bad(said, f"{line} (see `promptrelay {said.split(maxsplit=1)[0]} --help`)")
