"""What the provider says is kept for people, without a word of what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptrelay.domain.provider_message import MOST_CHARS, without_request

PROMPT = "Which running shoes does Ågot recommend for flat feet?"


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("3rd Party API Service Unavailable.", "3rd Party API Service Unavailable."),
        ("Task Not\n Found.\t", "Task Not Found."),
        ("Invalid Field: 'user_prompt'.", "Invalid Field: …."),
        (f"Prompt not allowed: {PROMPT}", "Prompt not allowed: …?"),
        ("shoes for FLAT feet are refused", "… are refused"),
        ("term “anything quoted” refused", "term … refused"),
        ("refused: Which%20running%20shoes", "refused: …"),
        ("refused: \\u00c5got", "refused: …"),
        ("Ågots question is refused", "… question is refused"),
        ("recommendation failed", "recommendation failed"),
        (None, None),
        (" \r\n", None),
    ],
)
def test_what_stands_in_the_request_is_left_out(message: str | None, kept: str | None) -> None:
    assert without_request(message, [PROMPT]) == kept


def test_a_word_that_is_part_of_a_sent_one_is_left_out_too() -> None:
    assert without_request("banned term: recommend", ["recommendation"]) == "banned term: …"


def test_scripts_without_spaces_are_told_by_their_parts() -> None:
    assert without_request("refused: 最好的跑步鞋", ["哪双是最好的跑步鞋"]) == "refused: …"


def test_a_long_message_is_cut() -> None:
    kept = without_request("word " * 100, [])
    assert kept is not None
    assert (len(kept), kept[-1]) == (MOST_CHARS, "…")


@given(st.text(min_size=4, max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_no_whole_echo_of_a_prompt_is_ever_kept(prompt: str, before: str, after: str) -> None:
    kept = without_request(f"{before} {prompt} {after}", [prompt]) or ""
    telling = [word for word in prompt.split() if len(word) > 3 and word.isalnum()]
    assert not any(word.casefold() in kept.casefold() for word in telling)
