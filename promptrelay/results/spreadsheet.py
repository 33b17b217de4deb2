"""Cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import re
import unicodedata

_FORMULA_STARTS = frozenset("=+-@")
_CONTROL_STARTS = frozenset("\t\r\n")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})


def safe_cell(text: str) -> str:
    """The text, with ' before it where a spreadsheet would run it; a plain number stays a number.

    Programs differ in what they skip before they look for a sign: white space, marks that are not seen, the
    full-width forms of East Asian keyboards. All of these count here.
    """
    if not text or _NUMBER.fullmatch(text):
        return text
    first = next((sign for sign in text if unicodedata.category(sign) not in _UNSEEN), "")
    runs = unicodedata.normalize("NFKC", first)[:1] in _FORMULA_STARTS
    return f"'{text}" if runs or text[0] in _CONTROL_STARTS else text
