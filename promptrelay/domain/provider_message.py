"""What the provider says of a task, in one line without a word of what was asked.

Its messages are for people and may be extended with parts of a request, so they are shown with everything
left out that stands in the request, quoted or escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MOST_CHARS = 200
_LEFT_OUT = "…"
_QUOTED = re.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)|`[^`]*`|«[^»]*»|“[^”]*”|\u2018[^\u2019]*\u2019")
_ESCAPED = re.compile(r"\S*(?:%[0-9A-Fa-f]{2}|\\[ux][0-9A-Fa-f]{2}|&#?\w+;)\S*")
_WORD = re.compile(r"\w+")
_SEVERAL = re.compile(r"…(?:\s*…)+")
_SHORT = 3
"""Words below this many letters are in every text: they are left out only where they stand as words."""


def without_request(message: str | None, asked: Iterable[str]) -> str | None:
    """The message without what stands in the texts that were sent, at most 200 characters; None for none."""
    line = " ".join("".join(c if c.isprintable() else " " for c in message or "").split())
    if not line:
        return None
    sent = " ".join(asked).casefold()
    words = set(_WORD.findall(sent))
    line = _ESCAPED.sub(_LEFT_OUT, _QUOTED.sub(_LEFT_OUT, line))
    line = _WORD.sub(
        lambda found: _LEFT_OUT if _was_sent(found[0].casefold(), sent, words) else found[0], line
    )
    line = _SEVERAL.sub(_LEFT_OUT, line)
    return line if len(line) <= MOST_CHARS else line[: MOST_CHARS - 1] + _LEFT_OUT


def _was_sent(word: str, sent: str, words: set[str]) -> bool:
    if word in words:
        return True
    if not word.isascii():
        # Where words are not set apart by spaces, a part of one is as telling as the whole.
        return any(word[at : at + 2] in sent for at in range(max(1, len(word) - 1)))
    return len(word) > _SHORT and word in sent
