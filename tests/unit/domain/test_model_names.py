"""A base name and its dated versions mean the same model."""

from __future__ import annotations

import pytest

from promptrelay.domain.model import Model, ModelList
from promptrelay.domain.platform import Platform


@pytest.mark.parametrize(
    ("asked", "listed", "found"),
    [
        ("gpt-4.1", ["gpt-4.1", "gpt-4.1-2025-04-14"], "gpt-4.1"),
        ("gpt-4.1", ["gpt-4.1-2025-04-14"], "gpt-4.1-2025-04-14"),
        ("gpt-4o", ["gpt-4o-2024-05-13", "gpt-4o-2024-11-20", "gpt-4o-mini"], "gpt-4o-2024-11-20"),
        ("gpt-4.1-2025-04-14", ["gpt-4.1"], "gpt-4.1"),
        ("gpt-4o-2024-08-06", ["gpt-4o", "gpt-4o-2024-11-20"], None),
        ("gpt-4.1", ["gpt-4.1-mini", "gpt-4.1-nano"], None),
        ("claude-opus-4-0", ["claude-opus-4-20250514"], "claude-opus-4-20250514"),
        ("claude-opus-4-20250514", ["claude-opus-4-0", "claude-opus-4-5"], "claude-opus-4-0"),
        ("claude-3-7-sonnet-latest", ["claude-3-7-sonnet-20250219"], "claude-3-7-sonnet-20250219"),
        ("claude-opus-4-5", ["claude-opus-4-0"], None),
        ("gemini-2.0-flash", ["gemini-2.0-flash-001"], "gemini-2.0-flash-001"),
        ("gpt-3.5-turbo", ["gpt-3.5-turbo-1106"], "gpt-3.5-turbo-1106"),
        ("sonar", ["sonar-pro"], None),
        ("sonar", [], None),
    ],
)
def test_a_name_finds_its_model(asked: str, listed: list[str], found: str | None) -> None:
    model = ModelList(Platform.CLAUDE, map(Model, listed)).find(asked)
    assert (model.name if model else None) == found


def test_a_list_in_which_every_model_reasons_says_nothing_of_that() -> None:
    """ChatGPT's list was seen like that; what it says of searching still counts."""
    listed = [Model("a", reasoning=True, web_search=True), Model("b", reasoning=True)]
    assert ModelList(Platform.CHAT_GPT, listed).find("a") == Model("a", web_search=True)
    assert ModelList(Platform.CLAUDE, listed).find("a") == listed[0]
    told = ModelList(Platform.CHAT_GPT, [*listed, Model("c", reasoning=False)])
    assert told.find("a") == listed[0]


def test_the_nearest_names_are_offered() -> None:
    listed = ModelList(Platform.CHAT_GPT, map(Model, ["gpt-4.1-mini", "gpt-4.1-nano", "o1"]))
    assert listed.nearest("gpt-4.1-mnii")[0] == "gpt-4.1-mini"
    assert listed.nearest("zzz") == []
