"""What can become known of an attempt; what follows from it stands in `transitions`.

Waits are durations, in seconds from the moment at which the evidence is recorded: whoever tells it knows no
time that may be compared with the database's (P27).
"""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.states import AttemptState, Reason


@dataclass(frozen=True, slots=True)
class Placement:
    """Where an answer lies at rest."""

    segment: str
    line_no: int
    line_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A fact about one attempt."""

    attempt_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Evidence):
    """The provider has it: from the reply to the POST, a listed row, or a search."""

    provider_id: str
    cost: Usd | None = None
    look_in_s: float | None = None
    """When to look at it, if nothing says so yet; None: at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Evidence):
    """Its answer is stored; `spent` is the language model's charge, None where the answer does not say it.

    `cost` is what the reply with it reported: of a Live call all that was taken; of the free call for a
    Standard task a second word on that, None where it says nothing or zero (P23).
    """

    provider_id: str
    spent: Usd | None
    status_code: int
    placement: Placement
    received_at: float
    """The database's time, as far as whoever received it could know it."""
    cost: Usd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged(Evidence):
    """What a task cost whose answer did not say it, as reconciling has found out (P23, P24).

    `spent` is the language model's charge for a Standard task; `cost` all that a Live call took.
    """

    provider_id: str
    spent: Usd | None = None
    cost: Usd | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Evidence):
    """The provider said that the task failed, and gave the advance back."""

    provider_id: str
    status_code: int
    retry_in_s: float
    cost: Usd | None = None
    """As of an answer: what the free call said that it cost, None where it says nothing or zero."""
    expired: bool = False
    """Whether its 72 hours were over when the provider said so, by the database's clock (P27)."""
    may_retry: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Evidence):
    """The paid call's reply refused it, at the reported cost."""

    status_code: int | None
    cost: Usd = ZERO
    provider_id: str | None = None
    counts: bool = False
    retry_in_s: float | None = None
    """None: sending it again would change nothing."""
    reason: Reason = Reason.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent(Evidence):
    """No byte of it left."""

    retry_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknown(Evidence):
    """Bytes may have left, and no readable reply came, or one that names no task (P8)."""

    status_code: int | None = None
    cost: Usd | None = None
    """What an acceptance without an id, or a code that nobody knows, said it costs."""
    abandoned: bool = False
    """Whether its worker never said anything: it died, or hung far beyond the call's deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent(Evidence):
    """A search has proven that the provider never took it (P13, P14)."""

    retry_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(Evidence):
    """Nobody has the reply to this Live call any more (P19); what it cost is told by the provider's list."""

    retry_in_s: float | None = None
    """When to ask again, if the campaign wants that; None: the job fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenOff(Evidence):
    """The operator ends the wait for it; what turns up later still counts (P7, P11, P20)."""

    seen: AttemptState = AttemptState.UNKNOWN
    """The state it was in when he decided: if it has moved on since, that wins."""
    retry_in_s: float | None = None
    """When to send the job again, which may pay twice; None: the job fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld(Evidence):
    """Its time is over, and the account's balance lets no answer out (P20)."""

    look_in_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue(Evidence):
    """Its time is over, and the provider neither answered nor said that it failed (P20)."""

    status_code: int | None = None
    """The last that the provider said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Evidence):
    """Its time is over, and the provider says again and again that it has no such task any more (P20).

    Whether the advance came back nobody said: it stays held until reconcile settles it.
    """

    status_code: int
    retry_in_s: float
