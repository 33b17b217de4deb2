"""The answer in a task object: text, citations, tokens and what the model charged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from promptrelay.dataforseo.wire.fields import (
    Count,
    Text,
    WireModel,
    as_charge,
    as_count,
    as_flag,
    as_list,
    as_mapping,
    as_text,
    as_time,
)
from promptrelay.dataforseo.wire.text import load
from promptrelay.domain.money import Usd

_DEEPEST_QUERY = 8


class Citation(WireModel):
    """A source that the assistant names for a stretch of its text."""

    title: Text = None
    url: Text = None
    start: Count = None
    end: Count = None
    text: Text = None


class Answer(WireModel):
    """What an assistant answered; every part may be missing.

    The provider documents one result a task. Several are joined: nothing that was paid for is left out.
    """

    model_name: str | None = None
    """The dated model that answered, not the name that was asked for."""
    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    web_search: bool | None = None
    """Whether the web was searched, not whether that was asked for."""
    money_spent: Usd | None = None
    """The language model's charge, without the provider's fee; None unless every result tells its own."""
    money_spent_text: str | None = None
    """The same figure as the provider wrote it."""
    datetime: dt.datetime | None = None
    text: str | None = None
    """All message sections joined with nothing between; None when there is no text."""
    reasoning: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    fan_out_queries: tuple[str, ...] = ()
    results: int = 1
    """How many results it was joined from."""
    announced: Count = None
    """How many results the provider says there are."""

    @property
    def oddity(self) -> str | None:
        """What a person should know about the number of its results; None for the usual one."""
        if self.announced not in (None, self.results):
            return f"the provider announces {self.announced:,} results, and {self.results:,} came"
        return f"joined from {self.results:,} results" if self.results > 1 else None


def read_answer(raw_entry: bytes) -> Answer | None:
    """The answer in a stored task object; None when it holds none. Raises ValueError for what is not JSON."""
    return answer_of(as_mapping(load(raw_entry)))


def answer_of(task: dict[str, Any]) -> Answer | None:
    """The answer in a task object that was read with `wire.text.load`; None when it holds none."""
    results = _results(task.get("result"))
    if not results:
        return None
    sections = [
        (as_mapping(item).get("type"), as_mapping(section))
        for result in results
        for item in as_list(result.get("items"))
        for section in as_list(as_mapping(item).get("sections"))
    ]
    messages = [section for kind, section in sections if kind == "message"]
    return Answer(
        **_figures(results),
        text="".join(_texts(messages)) or None,
        reasoning=tuple(_texts([section for kind, section in sections if kind == "reasoning"])),
        citations=tuple(_citations(messages)),
        # One platform's example writes the queries beside the result instead of into it.
        fan_out_queries=tuple(dict.fromkeys(_queries([*results, task]))),
        results=len(results),
        announced=task.get("result_count"),
    )


def _results(value: object) -> list[dict[str, Any]]:
    """The result objects; also of a single one that stands there without its array."""
    found = [value] if isinstance(value, dict) else as_list(value)
    return [result for item in found if (result := as_mapping(item))]


def _figures(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What each result tells of itself, summed where that is right."""
    charges = [as_charge(result.get("money_spent")) for result in results]
    known = [charge for charge in charges if charge is not None]
    written = [text for result in results if (text := _as_written(result.get("money_spent")))]
    searched = [flag for result in results if (flag := as_flag(result.get("web_search"))) is not None]
    return {
        "model_name": next(filter(None, (as_text(result.get("model_name")) for result in results)), None),
        **{
            name: _sum(as_count(result.get(name)) for result in results)
            for name in ("input_tokens", "output_tokens", "reasoning_tokens")
        },
        "web_search": any(searched) if searched else None,
        "money_spent": Usd.total(known) if len(known) == len(results) else None,
        "money_spent_text": " + ".join(written) or None,
        "datetime": max(filter(None, (as_time(result.get("datetime")) for result in results)), default=None),
    }


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _texts(sections: list[dict[str, Any]]) -> Iterator[str]:
    return (text for section in sections if (text := as_text(section.get("text"))))


def _citations(sections: list[dict[str, Any]]) -> Iterator[Citation]:
    for section in sections:
        for annotation in as_list(section.get("annotations")):
            fields = as_mapping(annotation)
            if fields.get("url") or fields.get("title"):
                yield Citation.model_validate(
                    {**fields, "start": fields.get("start_index"), "end": fields.get("end_index")}
                )


def _queries(places: list[dict[str, Any]]) -> Iterator[str]:
    for place in places:
        yield from _strings(place.get("fan_out_queries"))


def _strings(value: object, depth: int = 0) -> Iterator[str]:
    """The texts in a value that is a list for most platforms and left open by the schema of two."""
    if isinstance(value, str):
        yield as_text(value) or ""
    elif isinstance(value, list | dict) and depth < _DEEPEST_QUERY:
        for item in value if isinstance(value, list) else value.values():
            yield from _strings(item, depth + 1)


def _as_written(number: object) -> str | None:
    """The figure's own digits, of a number or of a text that is one."""
    if as_charge(number) is None:
        return None
    return str(getattr(number, "text", number)).strip()
