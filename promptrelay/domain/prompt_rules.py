"""What a prompt must be before a cent is spent on it."""

from __future__ import annotations

import unicodedata

MAX_PROMPT_CHARS = 500
"""The provider's limit for one prompt, in code points."""


def refusal(prompt: str, *, max_chars: int = MAX_PROMPT_CHARS) -> str | None:
    """Why the prompt cannot be sent, in one line that quotes none of it; None when it can."""
    if _says_nothing(prompt):
        return "the prompt is empty"
    if len(prompt) > max_chars:
        over = len(prompt) - max_chars
        return (
            f"the prompt has {len(prompt)} characters, {over} more than the {max_chars} allowed: shorten it"
        )
    wrong = flaw(prompt)
    return f"the prompt has {wrong}" if wrong else None


def flaw(text: str) -> str | None:
    """What in a text cannot be sent, and the cure, as part of a sentence; None when all of it can."""
    if "\0" in text:
        return f"a NUL character at position {text.index(chr(0)) + 1}: remove it"
    at = _unpaired_surrogate(text)
    if at is not None:
        return f"half a surrogate pair at position {at + 1}: write the whole character"
    return None


def _says_nothing(prompt: str) -> bool:
    """Whether there is nothing but white space and invisible format characters."""
    return all(char.isspace() or unicodedata.category(char) == "Cf" for char in prompt)


def _unpaired_surrogate(prompt: str) -> int | None:
    """Where the first half of a surrogate pair stands; Python's own strings never hold whole pairs."""
    try:
        prompt.encode("utf-8")
    except UnicodeEncodeError as error:
        return error.start
    return None
