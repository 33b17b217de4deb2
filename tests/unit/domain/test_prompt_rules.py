from __future__ import annotations

import pytest

from promptrelay.domain.prompt_rules import refusal


@pytest.mark.parametrize("prompt", ["", " ", "\n\t ", "\u3000", "\u200b", "\u200b \ufeff"])
def test_a_prompt_that_says_nothing_is_refused(prompt: str) -> None:
    assert refusal(prompt) == "the prompt is empty"


def test_a_prompt_of_exactly_the_limit_passes() -> None:
    assert refusal("a" * 500) is None


def test_a_prompt_one_over_the_limit_is_refused_with_both_numbers() -> None:
    assert refusal("a" * 501) == "the prompt has 501 characters, 1 more than the 500 allowed: shorten it"


def test_characters_are_code_points_whatever_their_bytes() -> None:
    assert refusal("😀" * 500) is None
    assert refusal("😀" * 501) is not None


def test_the_limit_can_be_set_lower_for_a_margin() -> None:
    assert refusal("a" * 451, max_chars=450) is not None


def test_a_nul_is_refused_with_its_position() -> None:
    assert refusal("ab\0c") == "the prompt has a NUL character at position 3: remove it"


def test_half_a_surrogate_pair_is_refused_with_its_position() -> None:
    reason = refusal("ok \ud83d")
    assert reason is not None
    assert "position 4" in reason


@pytest.mark.parametrize("prompt", ["x" * 900, "secret\0words", "secret \ud83d words"])
def test_a_reason_is_one_line_and_quotes_nothing_of_the_prompt(prompt: str) -> None:
    reason = refusal(prompt)
    assert reason is not None
    assert "\n" not in reason
    assert "secret" not in reason
    assert "xx" not in reason
