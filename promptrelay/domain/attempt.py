"""An attempt as the transitions see it: its state and all that is known of its money."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Postings, TaskEvidence, Terms, postings
from promptrelay.domain.states import OPEN_ATTEMPT, AttemptState


def nameless(attempt_id: str) -> str:
    """What stands for the provider's id of a Live call that came without one."""
    return f"live:{attempt_id}"


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
    told: Usd | None = None
    """What an acceptance that named no task said it costs (P8)."""
    has_unknown_charge: bool = False
    """Whether the provider took something for it and no figure tells how much (P23)."""
    tasks: dict[str, TaskEvidence] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_ATTEMPT

    @property
    def told_nanos(self) -> int | None:
        """As it is stored."""
        return None if self.told is None else self.told.nanos

    def name_of(self, provider_id: str) -> str:
        """The name under which a task is kept: a Live call told with and without its id is one (P19)."""
        known = self.tasks if self.method is Method.LIVE else {}
        without = nameless(self.id)
        if known and without in (provider_id, *known):
            return min(known)
        return provider_id

    def learn(self, provider_id: str, **facts: object) -> TaskEvidence:
        """Add facts about a provider task of this attempt; a second task under one tag is marked so (P10)."""
        known = self.tasks.get(provider_id, TaskEvidence(method=self.method))
        if known.reported is not None:
            facts.pop("reported", None)
        # What is not told takes nothing back that was.
        told = {name: fact for name, fact in facts.items() if fact is not None}
        if "spent" in told:
            told["answered"] = True
        self.tasks[provider_id] = replace(known, **told)  # type: ignore[arg-type]
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
        return postings(self._priced().values(), terms, waste=self.waste, witness=self.witness)

    def note_unknown_charge(self, terms: Terms) -> None:
        """Mark the attempt while a charge of it is not known, and no longer (P23)."""
        self.has_unknown_charge = any(task.has_unknown_charge(terms) for task in self._priced().values())

    def off(self, terms: Terms) -> dict[str, Usd]:
        """By how much the provider's other word on what a task cost differs from what is booked."""
        found = {key: task.off(terms) for key, task in self._priced().items()}
        return {key: amount for key, amount in found.items() if amount is not None}

    def _priced(self) -> dict[str, TaskEvidence]:
        """Its tasks, the first at the cost that was told without its name."""
        return {
            key: replace(task, reported=self.told)
            if task.reported is None and self.method is Method.STANDARD and not task.second
            else task
            for key, task in self.tasks.items()
        }


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
    """The reservation while it is open or its charge is unknown, what was really spent once that is known."""
    if attempt.is_open:
        return Burden(reserved=attempt.reserved, cash_out=attempt.cash_out)
    if attempt.has_unknown_charge:
        # P22, P23: it may have cost as much as was set aside for it, and surely what is booked.
        return Burden(reserved=max(attempt.reserved, booked.net), cash_out=max(attempt.cash_out, booked.held))
    return Burden(spent=booked.net, cash_out=booked.held)
