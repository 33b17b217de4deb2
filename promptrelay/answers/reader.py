"""Reading answers by their place, with the last few segments kept unpacked."""

from __future__ import annotations

import re
import threading
from array import array
from collections import OrderedDict
from dataclasses import dataclass

from promptrelay.answers.errors import AnswerDamaged
from promptrelay.answers.segment import Line, decode_line, proven, unpack
from promptrelay.answers.store import AnswerStore

KEEP_BYTES = 128 * 1024 * 1024
_NEWLINE = re.compile(b"\n")


@dataclass(frozen=True, slots=True)
class _Unpacked:
    text: bytes
    ends: array[int]

    @classmethod
    def of(cls, body: bytes) -> _Unpacked:
        text = unpack(body)
        return cls(text, array("Q", (found.start() for found in _NEWLINE.finditer(text))))

    @property
    def size(self) -> int:
        return len(self.text) + len(self.ends) * self.ends.itemsize

    def line(self, line_no: int, sha256: str) -> bytes:
        if not 1 <= line_no <= len(self.ends):
            raise AnswerDamaged("a segment is shorter than its rows say")
        start = self.ends[line_no - 2] + 1 if line_no > 1 else 0
        return proven(self.text[start : self.ends[line_no - 1]], sha256)


class AnswerReader:
    """Reads answers from a store; at most `keep_bytes` and one segment stay in memory. Safe among threads.

    Reads in the order of segments fetch each object once.
    """

    def __init__(self, store: AnswerStore, *, keep_bytes: int = KEEP_BYTES) -> None:
        self._store = store
        self._keep_bytes = keep_bytes
        self._kept: OrderedDict[str, _Unpacked] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, key: str, line_no: int, sha256: str) -> bytes:
        """The provider's task object of that line, as it was written.

        Raises AnswerMissing, AnswerDamaged, StoreUnavailable.
        """
        return self.read_line(key, line_no, sha256).entry

    def read_line(self, key: str, line_no: int, sha256: str) -> Line:
        """The whole line. Raises AnswerMissing, AnswerDamaged, StoreUnavailable."""
        return decode_line(self._segment(key).line(line_no, sha256))

    def _segment(self, key: str) -> _Unpacked:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = _Unpacked.of(self._store.get(key))
        with self._lock:
            self._keep(key, found)
        return found

    def _keep(self, key: str, found: _Unpacked) -> None:
        self._kept[key] = found
        self._kept.move_to_end(key)
        while len(self._kept) > 1 and sum(kept.size for kept in self._kept.values()) > self._keep_bytes:
            self._kept.popitem(last=False)
