"""The answer in a task object: text, citations, tokens and what the model charged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from promptrelay.dataforseo.wire.fields import (
    Count,
    Flag,
    Money,
    Text,
    Timestamp,
    WireModel,
    as_list,
    as_mapping,
    as_text,
)
from promptrelay.dataforseo.wire.text import load


class Citation(WireModel):
    """A source that the assistant names for a stretch of its text."""

    title: Text = None
    url: Text = None
    start: Count = None
    end: Count = None
    text: Text = None


class Answer(WireModel):
    """What an assistant answered; every part may be missing."""

    model_name: Text = None
    """The dated model that answered, not the name that was asked for."""
    input_tokens: Count = None
    output_tokens: Count = None
    reasoning_tokens: Count = None
    web_search: Flag = None
    """Whether the web was searched, not whether that was asked for."""
    money_spent: Money = None
    """The language model's charge, without the provider's fee."""
    money_spent_text: str | None = None
    """The same figure as the provider wrote it."""
    datetime: Timestamp = None
    text: str | None = None
    """All message sections joined with nothing between; None when there is no text."""
    reasoning: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    fan_out_queries: tuple[str, ...] = ()


def read_answer(raw_entry: bytes) -> Answer | None:
    """The answer in a stored task object; None when it holds none. Raises ValueError for what is not JSON."""
    return answer_of(as_mapping(load(raw_entry)))


def answer_of(task: dict[str, Any]) -> Answer | None:
    """The answer in a task object that was read with `wire_fields.load`; None when it holds none."""
    results = [as_mapping(result) for result in as_list(task.get("result")) if result]
    if not results or not results[0]:
        return None
    result = results[0]
    sections = [
        (as_mapping(item).get("type"), as_mapping(section))
        for item in as_list(result.get("items"))
        for section in as_list(as_mapping(item).get("sections"))
    ]
    messages = [section for kind, section in sections if kind == "message"]
    return Answer.model_validate(
        {
            **result,
            "money_spent_text": _as_written(result.get("money_spent")),
            "text": "".join(_texts(messages)) or None,
            "reasoning": tuple(_texts([section for kind, section in sections if kind == "reasoning"])),
            "citations": tuple(_citations(messages)),
            # One platform's example writes the queries beside the result instead of into it.
            "fan_out_queries": tuple(dict.fromkeys(_queries([result, task]))),
        }
    )


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


def _strings(value: object) -> Iterator[str]:
    """The texts in a value that is a list for most platforms and left open by the schema of two."""
    if isinstance(value, str):
        yield as_text(value) or ""
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))


def _as_written(number: object) -> str | None:
    if number is None or isinstance(number, bool | str):
        return None
    return str(getattr(number, "text", number))
