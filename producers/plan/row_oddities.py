"""Rows that can be sent, and that somebody may not want to pay for."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, field

from producers.plan.key_set import KeySet
from producers.prompts.rows import FirstLines, PromptRow

_SUMS = {"total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "gesamtergebnis"}
_SUMS |= {"total general", "totale", "итого"}


@dataclass(slots=True)
class RowOddities:
    """Grows with every row that can be sent, by some bytes each."""

    sums: FirstLines = field(default_factory=FirstLines)
    """Rows that ask for nothing but the sum of a report."""
    look_alikes: FirstLines = field(default_factory=FirstLines)
    """Rows whose prompt differs from an earlier one in spaces around it or in how accents are encoded."""
    _raw: KeySet = field(default_factory=KeySet, repr=False)
    _plain: KeySet = field(default_factory=KeySet, repr=False)

    def add(self, row: PromptRow) -> None:
        """Take in a row."""
        plain = unicodedata.normalize("NFC", row.prompt).strip()
        if plain.casefold() in _SUMS:
            self.sums.append(row.line_no)
        is_new, is_new_plain = self._raw.add(_key(row.prompt)), self._plain.add(_key(plain))
        if is_new and not is_new_plain:
            self.look_alikes.append(row.line_no)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
