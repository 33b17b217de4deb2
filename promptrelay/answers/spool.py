"""Where Live replies wait on this host's disk while the store is down (P19)."""

from __future__ import annotations

from pathlib import Path

from promptrelay.answers.errors import AnswerMissing
from promptrelay.answers.store import AnswerStore
from promptrelay.answers.stores.local import LocalStore


class Spool:
    """Replies on local disk with the key they shall have in the store; shared by the host's processes.

    While it is not empty, this host starts no Live call.
    """

    def __init__(self, folder: Path) -> None:
        self._disk = LocalStore(folder)

    def put(self, key: str, body: bytes) -> bool:
        """Makes the reply durable on this host; False if it is there already. Raises StoreUnavailable."""
        return self._disk.put_new(key, body)

    def is_empty(self) -> bool:
        """Whether nothing waits. Raises StoreUnavailable when the disk cannot say."""
        return next(self._disk.list(""), None) is None

    def keys(self) -> list[str]:
        """The keys that wait. Raises StoreUnavailable when the disk cannot say."""
        return [waiting.key for waiting in self._disk.list("")]

    def drain(self, store: AnswerStore) -> int:
        """Moves everything into the store and says how many; a reply leaves the disk once the store has it.

        Raises StoreUnavailable at the first reply that the store does not take; what was moved stays moved.
        Two processes may drain at once: both find the reply stored.
        """
        moved = 0
        for key in self.keys():
            moved += self._move(key, store)
        return moved

    def _move(self, key: str, store: AnswerStore) -> bool:
        try:
            body = self._disk.get(key)
        except AnswerMissing:
            return False
        store.put_new(key, body)
        self._disk.delete(key)
        return True
