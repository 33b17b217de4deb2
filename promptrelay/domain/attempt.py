"""An attempt as the transitions see it: its state and all that is known of its money."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Postings, TaskEvidence, Terms, postings
from promptrelay.domain.states import OPEN_ATTEMPT, AttemptState


@dataclass(slots=True)
class Attempt:
    """One paid sending of a job."""

    id: str
    job_id: str
    run_id: str
    method: Method
    state: AttemptState
    waste: bool = False
    witness: bool = False
    """Sent only to be listed (P14): never again, and for nobody's run."""
    reserved: Usd = ZERO
    cash_out: Usd = ZERO
    provider_id: str | None = None
    posted_at: float | None = None
    received_at: float | None = None
    settled_at: float | None = None
    due_at: float | None = None
    looks: int = 0
    taken: bool = False
    """In the hands of a worker that reads its answer."""
    status_code: int | None = None
    tasks: dict[str, TaskEvidence] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ATTEMPT

    def learn(self, provider_id: str, **facts: object) -> TaskEvidence:
        """Add facts about a provider task of this attempt; a second task under one tag is marked so (P10)."""
        known = self.tasks.get(provider_id, TaskEvidence(method=self.method))
        if known.reported is not None:
            facts.pop("reported", None)
        self.tasks[provider_id] = replace(known, **facts)  # type: ignore[arg-type]
        # The smallest id is the first, so that the order in which they became known decides nothing (P21).
        first = min(self.tasks)
        self.tasks = {key: replace(task, second=key != first) for key, task in self.tasks.items()}
        self.provider_id = self.provider_id or provider_id
        return self.tasks[provider_id]

    def pending(self) -> str | None:
        """A provider task of this attempt that may still be answered; a Live one never is (P19)."""
        if self.method is Method.LIVE:
            return None
        undecided = (key for key, task in self.tasks.items() if task.accepted and not task.is_decided)
        return min(undecided, default=None)

    def look_for_twins(self, at: float | None) -> None:
        """With its answer in hand, go on looking only for another task under its tag (P10)."""
        self.due_at = at if self.pending() is not None else None

    def wanted(self, terms: Terms) -> Postings:
        """What the ledger should hold for this attempt (P21)."""
        return postings(self.tasks.values(), terms, waste=self.waste, witness=self.witness)


@dataclass(frozen=True, slots=True)
class Burden:
    """What an attempt weighs on its run's caps (P22)."""

    reserved: Usd = ZERO
    spent: Usd = ZERO
    cash_out: Usd = ZERO

    def __sub__(self, other: Burden) -> Burden:
        return Burden(
            self.reserved - other.reserved, self.spent - other.spent, self.cash_out - other.cash_out
        )


def burden(attempt: Attempt, booked: Postings) -> Burden:
    """The reservation while it is open, what was really spent once it is closed."""
    if attempt.is_open:
        return Burden(reserved=attempt.reserved, cash_out=attempt.cash_out)
    return Burden(spent=booked.net, cash_out=booked.held)
