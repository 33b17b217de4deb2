"""Whether the answers lie where their rows say, byte for byte."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.answers.errors import AnswerDamaged, AnswerMissing
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import unpack
from promptrelay.answers.store import AnswerStore


class StoredProof:
    """Proves stored lines; an object that is gone or spoilt as a whole is read once only."""

    def __init__(self, answers: AnswerStore) -> None:
        self._answers = answers
        self._reader = AnswerReader(answers)
        self._bad: set[str] = set()

    def holds(self, row: sa.RowMapping) -> bool:
        """Whether the task's answer lies where its row says, byte for byte. Raises StoreUnavailable."""
        key: str | None = row["segment"]
        if key is None or key in self._bad:
            return False
        try:
            line = self._reader.read_line(key, row["line_no"], row["line_sha256"])
        except (AnswerMissing, AnswerDamaged):
            self._note(key)
            return False
        return line.attempt_id == str(row["id"])

    def _note(self, key: str) -> None:
        try:
            unpack(self._answers.get(key))
        except (AnswerMissing, AnswerDamaged):
            self._bad.add(key)
