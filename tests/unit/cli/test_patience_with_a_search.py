"""How long `run` waits when only unknown outcomes are left: until the search has decided (P14)."""

from __future__ import annotations

from promptrelay.cli.run_end import search_patience_s
from promptrelay.domain.platform import Method
from promptrelay.domain.search_terms import SearchTerms

TERMS = SearchTerms(
    send_window_s=30,
    call_deadline_s=60,
    live_deadline_s=140,
    provider_slack_s=60,
    id_list_lag_s=600,
    searches=3,
    search_every_s=60,
    max_s=86_400,
)


def test_a_witness_that_is_bought_has_to_be_sent_and_listed_and_then_looked_with() -> None:
    bound_s = TERMS.send_window_s + TERMS.absent_after_s(Method.STANDARD)
    bought_s = bound_s + 2 * TERMS.search_every_s + TERMS.send_window_s + TERMS.call_deadline_s
    listed_s = bought_s + TERMS.id_list_lag_s
    assert search_patience_s(TERMS, buys_witness=True) >= listed_s + TERMS.searches * TERMS.search_every_s
    assert search_patience_s(TERMS) == TERMS.longest_s


def test_the_first_witness_may_get_lost() -> None:
    alone_s = search_patience_s(TERMS, buys_witness=True) - TERMS.longest_s
    assert alone_s >= TERMS.id_list_lag_s + TERMS.witness_every_s
