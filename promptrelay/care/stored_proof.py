"""Whether the answers lie where their rows say, byte for byte, and are answers."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.answers.errors import AnswerDamaged, AnswerMissing
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import unpack
from promptrelay.answers.store import AnswerStore
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import read_entry

_ITEMS = b'"items"'


class StoredProof:
    """Proves stored lines; an object that is gone or spoilt as a whole is read once only."""

    def __init__(self, answers: AnswerStore) -> None:
        self._answers = answers
        self._reader = AnswerReader(answers)
        self._bad: set[str] = set()
        self.hollow: set[str] = set()
        """The tasks whose stored entry says that it is done and holds no result, by provider id (P20)."""

    def holds(self, row: sa.RowMapping) -> bool:
        """Whether the task's answer lies where its row says, and is one. Raises StoreUnavailable."""
        key: str | None = row["segment"]
        if key is None or key in self._bad:
            return False
        try:
            line = self._reader.read_line(key, row["line_no"], row["line_sha256"])
        except (AnswerMissing, AnswerDamaged):
            self._note(key)
            return False
        if _is_hollow(line.entry):
            self.hollow.add(row["provider_id"])
            return False
        return line.attempt_id == str(row["id"])

    def _note(self, key: str) -> None:
        try:
            unpack(self._answers.get(key))
        except (AnswerMissing, AnswerDamaged):
            self._bad.add(key)


def _is_hollow(raw: bytes) -> bool:
    """Whether the entry says that it is done and holds no result; one with items need not be read."""
    if _ITEMS in raw:
        return False
    entry = read_entry(raw)
    return policy_for(entry.status_code, call=Call.GET) is Policy.OK and entry.result is None
