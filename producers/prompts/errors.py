"""What can be wrong with a prompt file or a template: nothing was sent, the cure is the user's."""

from __future__ import annotations

from producers.errors import CampaignError, ProducerError


class PromptFileError(ProducerError):
    """{path}: the prompt file cannot be read."""


class PromptFileMissing(PromptFileError):
    """{path}: there is no such file; check the path."""


class PromptFileIsDirectory(PromptFileError):
    """{path}: this is a directory; name one prompt file in it."""


class PromptFileNotRegular(PromptFileError):
    """{path}: this is a pipe or a device; write what comes out of it into a file, and name that."""


class PromptFileUnreadable(PromptFileError):
    """{path}: the file cannot be opened ({reason}); check that it is a file you may read."""


class PromptFileUnsupported(PromptFileError):
    """{path}: files ending in {suffix} are not supported; use .csv or .tsv (with a header row), .jsonl or
    .ndjson (an object a line), .txt (one prompt a line), or a campaign in .yaml that names one of them."""


class PromptFileEmpty(PromptFileError):
    """{path}: the file holds no prompt; put a header row and a row for each prompt in it (.txt: one prompt
    a line)."""


class PromptFileHeaderOnly(PromptFileError):
    """{path}: there is a header row and nothing below it; the first row names the columns, so add rows
    with prompts."""


class PromptFileNotText(PromptFileError):
    """{path}, line {line_no}, byte {byte_no}: not {encoding}; save the file as UTF-8 (spreadsheets call it
    "CSV UTF-8"), or: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"""


class PromptFileHasNul(PromptFileError):
    """{path}, line {line_no}: a NUL byte; this is a binary file (a spreadsheet?) or UTF-16 without a byte
    order mark: save it as UTF-8 text"""


class PromptLineTooLong(PromptFileError):
    """{path}, line {line_no}: the line is longer than {most} characters; is this a file of prompts?"""


class PromptFileBadQuotes(PromptFileError):
    """{path}, line {line_no}: {what}; close every quoted cell and write a quote inside one twice ("")."""


class PromptColumnUnclear(PromptFileError):
    """{path}: {problem}; columns there are: {columns}. Name the prompt's with --prompt-column (the first
    row must hold the names)."""


class PromptHeaderUnclear(PromptFileError):
    """{path}, line {title_no}: one column, but the rows from line {line_no} on have {count}. Name the
    prompt's with --prompt-column, and titles above the header are skipped; or delete the lines above it."""


class PromptKeyUnclear(PromptFileError):
    """{path}, line {line_no}: no key is called {known}; keys there are: {keys}. Name the prompt's with
    --prompt-column."""


class ColumnNamedTwice(PromptFileError):
    """{path}: two columns are called {column}; give each its own name."""


class TemplateWrong(CampaignError):
    """{place}: {what}."""
