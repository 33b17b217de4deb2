"""What every task needs, opened once per worker process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from promptrelay.answers.spool import Spool
from promptrelay.answers.store import AnswerStore
from promptrelay.broker import Publisher
from promptrelay.database.database import Database
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.dataforseo.limits.post_numbers import PostNumbers
from promptrelay.dataforseo.limits.rate_allowance import EndpointAllowance, RateAllowance
from promptrelay.domain.clock import BootTime, Clock
from promptrelay.domain.drill import Passes, nothing_happens
from promptrelay.domain.platform import Platform
from promptrelay.domain.postings import Terms
from promptrelay.domain.search_terms import SearchTerms
from promptrelay.domain.waits import Waits
from workers.store_gate import StoreGate


@dataclass(frozen=True, slots=True)
class Pace:
    """The waits and limits of the ways, in real seconds."""

    send_window_s: float
    look_lease_s: float
    poll_first_s: float
    poll_max_s: float
    standard_deadline_s: float
    expiry_grace_s: float
    unchanged_s: float
    """A code that has come back for so long after its time will not become an answer (P20)."""
    kept_s: float
    """The provider keeps an answer for so long: the end of every wait."""
    retry_wait_s: float
    max_attempts: int
    last_word_s: float
    """After this the provider lists whatever was on its way before."""
    probe_every_s: float = 3600.0
    time_scale: float = 1.0
    """Divides the waits that the provider sets, in tests."""


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
    posts: PostNumbers
    publisher: Publisher
    clock: Clock
    terms: Terms
    pace: Pace
    search_terms: SearchTerms
    witness_models: Mapping[Platform, str] = field(default_factory=dict)
    """The models that a search may ask for a witness, by platform; none: it buys none (P14)."""
    waits: Waits = field(default_factory=Waits)
    """What this process waits for, for its heartbeat."""
    foreign_tasks: set[str] = field(default_factory=set)
    """Failed tasks of others that a search has looked at, so that each is looked at once."""
    ending: threading.Event = field(default_factory=threading.Event)
    """Set once this worker was told to end: what is in flight finishes, nothing new is sent."""
    passes: Passes = nothing_happens
    """Called with the name of each point at which a drill may fail this process."""

    def boot_time(self) -> BootTime:
        """Now, by the clock that guards money."""
        return BootTime(self.clock.boot_id(), self.clock.boottime())
