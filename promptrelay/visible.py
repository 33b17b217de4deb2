"""Foreign text as it may stand on a terminal or in a log: what nobody sees, or what acts, is written out."""

from __future__ import annotations

import unicodedata

_ACTING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# They join letters and emoji, and do nothing else.
_JOINERS = "\u200c\u200d"


def visible(text: str) -> str:
    r"""The text with control signs, marks of direction and half surrogates escaped: `\x1b`, `\u202e`."""
    return "".join(map(_visible, text))


def _visible(sign: str) -> str:
    acts = unicodedata.category(sign) in _ACTING and sign not in _JOINERS
    return sign.encode("unicode_escape").decode("ascii") if acts else sign
