"""What is odd about a prompt file, a sentence each with the cure."""

from __future__ import annotations

from collections.abc import Iterator

from producers.plan.survey import Survey
from producers.prompts.rows import FirstLines


def file_warnings(found: Survey) -> Iterator[str]:
    """What was taken for no row, and which rows may not be meant."""
    seen, odd = found.seen, found.oddities
    if seen.titles:
        yield (
            f"{_many(seen.titles, 'line')} above the header (line {seen.header_line}) "
            f"{'is' if seen.titles == 1 else 'are'} taken for the titles of a report and not sent"
        )
    if seen.short_rows.count:
        yield (
            f"{_which(seen.short_rows)} fewer cells than the header; the others are taken for"
            " empty: if a line break cut a prompt, put it in quotes"
        )
    if odd.sums.count:
        yield f"{_which(odd.sums)} nothing but the sum of a report as prompt: delete it, or it is paid for"
    if odd.look_alikes.count:
        yield (
            f"{_which(odd.look_alikes)} a prompt that looks like an earlier one (spaces around it, or accents"
            " encoded otherwise): each is paid for"
        )


def _which(lines: FirstLines) -> str:
    if lines.count == 1:
        return f"line {lines.first} has"
    return f"{_many(lines.count, 'row')}, the first on line {lines.first}, have"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
