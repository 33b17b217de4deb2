"""The store of answers: it takes, gives, never overwrites and deletes."""

from __future__ import annotations

from config.settings import Settings
from promptrelay.answers.errors import AnswerError, StoreMisconfigured
from promptrelay.answers.store import AnswerStore, open_store
from promptrelay.cli.checks.finding import Finding, fail, ok
from promptrelay.cli.checks.stored_segments import check_segments
from promptrelay.domain.ids import new_id
from promptrelay.wiring import results_url

_FAIL_AFTER_S = 3.0


def check_store(settings: Settings) -> list[Finding]:
    """Write, read, write again, delete: all with one object of our own."""
    url = results_url(settings)
    try:
        store = open_store(url, fail_after_s=_FAIL_AFTER_S)
        wrong = what_is_wrong(store)
        if wrong is not None:
            return [fail("answers", f"{url}: {wrong}", "use another store: answers are not safe in this one")]
        return [
            ok("answers", f"{url} takes, gives and deletes, and does not overwrite"),
            check_segments(settings, store),
        ]
    except StoreMisconfigured as error:
        return [fail("answers", str(error), "correct PROMPTRELAY_RESULTS_URL and the store's own settings")]
    except AnswerError as error:
        return [fail("answers", f"{url}: {error}", "see that the store is there and lets us write")]


def what_is_wrong(store: AnswerStore) -> str | None:
    """What the store does not do as it must; None when all is well. Raises AnswerError."""
    key, body = f"doctor/{new_id()}.txt", b"written by promptrelay doctor\n"
    try:
        if not store.put_new(key, body):
            return "says that a new object exists already"
        if store.put_new(key, b"second") or store.get(key) != body:
            return "overwrites what is there"
    finally:
        store.delete(key)
    return "does not delete" if store.exists(key) else None
