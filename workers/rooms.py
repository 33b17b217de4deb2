"""What every task needs, opened once per worker process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from promptrelay.answers.spool import Spool
from promptrelay.answers.store import AnswerStore
from promptrelay.broker import Publisher
from promptrelay.database.database import Database
from promptrelay.database.sending import Moment
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.live_slots import LiveSlots
from promptrelay.dataforseo.post_memory import PostMemory
from promptrelay.dataforseo.rate_allowance import EndpointAllowance, RateAllowance
from promptrelay.domain.clock import Clock
from promptrelay.domain.postings import Terms
from promptrelay.domain.search_terms import SearchTerms
from workers.store_gate import StoreGate


@dataclass(frozen=True, slots=True)
class Pace:
    """The waits and limits of the ways, in real seconds."""

    send_window_s: float
    call_deadline_s: float
    live_deadline_s: float
    look_lease_s: float
    poll_first_s: float
    poll_max_s: float
    standard_deadline_s: float
    expiry_grace_s: float
    retry_wait_s: float
    max_attempts: int
    last_word_s: float
    """After this the provider lists whatever was on its way before."""
    probe_every_s: float = 3600.0
    time_scale: float = 1.0
    """Divides the waits that the provider sets, in tests."""


def nothing_happens(_point: str) -> None:
    """How every named point of a failpoint is passed outside drills."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms of the house, as a task enters them."""

    account: str
    deployment: str
    database: Database
    client: ProviderClient
    answers: AnswerStore
    spool: Spool
    gate: StoreGate
    allowance: RateAllowance
    ready_allowance: EndpointAllowance
    id_list_allowance: EndpointAllowance
    user_data_allowance: EndpointAllowance
    slots: LiveSlots
    posts: PostMemory
    publisher: Publisher
    clock: Clock
    terms: Terms
    pace: Pace
    search_terms: SearchTerms
    ending: threading.Event = field(default_factory=threading.Event)
    """Set once this worker was told to end: what is in flight finishes, nothing new is sent."""
    passes: Callable[[str], None] = nothing_happens
    """Called with the name of each point at which a drill may fail this process."""

    def moment(self) -> Moment:
        """Now, by the clock that guards money."""
        return Moment(self.clock.boot_id(), self.clock.boottime())
