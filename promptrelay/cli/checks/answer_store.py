"""The store of answers: it takes, gives, never overwrites and deletes."""

from __future__ import annotations

from config.settings import Settings
from promptrelay.answers.errors import AnswerError, StoreMisconfigured
from promptrelay.answers.store import open_store
from promptrelay.answers.trial import what_is_wrong
from promptrelay.cli.checks.finding import Finding, fail, ok
from promptrelay.cli.checks.stored_segments import check_segments
from promptrelay.cli.checks.unread_replies import check_unread
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
            check_unread(store, settings.account),
        ]
    except StoreMisconfigured as error:
        return [fail("answers", str(error), "correct PROMPTRELAY_RESULTS_URL and the store's own settings")]
    except AnswerError as error:
        return [fail("answers", f"{url}: {error}", "see that the store is there and lets us write")]
