"""Foreign text shows what is in it and does nothing to whoever reads it."""

from __future__ import annotations

import pytest

from promptrelay.visible import visible


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("\x1b]52;c;eA==\x07", "\\x1b]52;c;eA==\\x07"),
        ("\x9b31m", "\\x9b31m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("line\u2028break\n\ttab", "line\\u2028break\\n\\ttab"),
        ("\ud83d half", "\\ud83d half"),
    ],
    ids=["clipboard", "C1", "direction", "lines", "surrogate"],
)
def test_what_acts_or_is_not_seen_is_written_out(text: str, seen: str) -> None:
    assert visible(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "Wie geht es, Zoë?",
        "👩\u200d🔬 \ufe0f",
        "\u0645\u06cc\u200c\u062e\u0648",
        "日本語",
        "[red]not[/] markup",
    ],
)
def test_what_is_only_text_stays(text: str) -> None:
    assert visible(text) == text
