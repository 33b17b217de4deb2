"""How long an unknown outcome is searched for before anything may be concluded (P13, P14)."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.domain.platform import Method

_A_SEARCH_S = 10.0
"""What reading the list takes, waiting for the calls that it allows included."""
ROWS_A_CALL = 500
"""How many unknown attempts a call of id_list is expected to find: half of its rows are other tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchTerms:
    """The waits and counts of a search, in real seconds."""

    send_window_s: float
    call_deadline_s: float
    live_deadline_s: float
    provider_slack_s: float
    """How much later than the call's deadline the provider may still take what it was sent."""
    id_list_lag_s: float
    """How long a task may be taken and not yet be listed."""
    searches: int
    search_every_s: float
    max_s: float
    """After this long a look is negative without a witness."""
    readable: int = 5_000
    """How many unknown Standard attempts the list is read for in a minute; posting stops at twice as many."""

    def taken_until_s(self, method: Method) -> float:
        """How long after `send_by` the provider may still take an attempt."""
        deadline_s = self.live_deadline_s if method is Method.LIVE else self.call_deadline_s
        return deadline_s + self.provider_slack_s

    def absent_after_s(self, method: Method) -> float:
        """How long after `send_by` a list without the attempt begins to say something (P13)."""
        return self.taken_until_s(method) + self.id_list_lag_s

    @property
    def longest_s(self) -> float:
        """How long after it was sent an attempt with a witness is decided at the latest."""
        return self.send_window_s + self.absent_after_s(Method.LIVE) + self.all_searches_s

    @property
    def longest_bought_s(self) -> float:
        """The same when the witness has to be bought: it has to be listed too, and the first may get lost."""
        return self.longest_s + self.id_list_lag_s + 2 * self.all_searches_s

    @property
    def witness_every_s(self) -> float:
        """How long after a witness was bought no other is."""
        return self.searches * self.search_every_s

    @property
    def longest_alone_s(self) -> float:
        """The same without a witness."""
        return self.max_s + self.all_searches_s

    @property
    def all_searches_s(self) -> float:
        """How long all looks take, each waiting for its calls too."""
        return (self.searches + 1) * (self.search_every_s + _A_SEARCH_S)
