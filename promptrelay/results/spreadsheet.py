"""Cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
import unicodedata

_FORMULA_STARTS = frozenset("=+-@")
_CONTROL_STARTS = frozenset("\t\r\n")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})
# Where another locale's spreadsheet divides cells, and what it skips before it looks for a sign.
_DIVIDED = re.compile(
    r"""(?P<before>[;\t\r\n][\s"\u200b-\u200f\ufeff]*)(?P<sign>[=+@\-\uff1d\uff0b\uff20\uff0d])(?P<rest>[^;\t\r\n]*)"""
)
_ACTS = re.compile(r"[|!(]")


def safe_cell(text: str) -> str:
    """The text, with ' wherever a spreadsheet would run what follows; a plain number stays a number.

    In many countries spreadsheets divide cells at `;`, wherever a file has its quotes: there too.

    Programs differ in what they skip before they look for a sign: white space, marks that are not seen, the
    full-width forms of East Asian keyboards. All of these count here.
    """
    if not text or _NUMBER.fullmatch(text):
        return text
    first = next((sign for sign in text if unicodedata.category(sign) not in _UNSEEN), "")
    runs = unicodedata.normalize("NFKC", first)[:1] in _FORMULA_STARTS
    text = _DIVIDED.sub(_guarded, text)
    return f"'{text}" if runs or text[0] in _CONTROL_STARTS else text


def _guarded(found: re.Match[str]) -> str:
    """The same with ' before the sign, unless it begins a number or an item of a list."""
    before, sign, rest = found["before"], found["sign"], found["rest"]
    is_item = sign in "+-" and rest[:1] in ("", " ", "-", "+") and not _ACTS.search(rest)
    if is_item or _NUMBER.fullmatch(sign + rest.strip()):
        return found[0]
    return f"{before}'{sign}{rest}"
