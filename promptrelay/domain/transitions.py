"""What follows from evidence for an attempt, its job and the job's other attempts.

Permission may be refused; evidence never is: it applies from every state, in any order, and only adds
facts (P7).
"""

from __future__ import annotations

from collections.abc import Sequence

from promptrelay.domain.attempt import Attempt
from promptrelay.domain.evidence import (
    Absent,
    Accepted,
    Answered,
    Charged,
    Evidence,
    Failed,
    Gone,
    Lost,
    NotSent,
    OutcomeUnknown,
    Overdue,
    Refused,
    Withheld,
    WrittenOff,
)
from promptrelay.domain.job import Job
from promptrelay.domain.platform import Method
from promptrelay.domain.states import WATCHED_ATTEMPT, AttemptState, JobState, Reason

_SAID_BY_NO_SENDER = (Absent, Charged, Lost, WrittenOff, Withheld, Overdue, Gone)
_WRITTEN_OFF = (AttemptState.ABSENT, AttemptState.REJECTED, AttemptState.LOST)
_LOOKED_AT = (AttemptState.SENT, AttemptState.WITHHELD, AttemptState.LATE)
_ENDED = (AttemptState.FAILED, AttemptState.EXPIRED)
_UNDECIDED = (AttemptState.SENDING, AttemptState.UNKNOWN)
_WAITED_FOR = (
    AttemptState.SENDING,
    AttemptState.SENT,
    AttemptState.UNKNOWN,
    AttemptState.WITHHELD,
    AttemptState.LATE,
)


def apply(
    evidence: Evidence,
    attempt: Attempt,
    job: Job,
    siblings: Sequence[Attempt],
    *,
    now: float,
    max_tries: int,
) -> None:
    """Change the attempt, its job and the job's other attempts as the evidence says.

    `now` is the database's time: every wait in the evidence begins there (P27).
    """
    _follow(evidence, attempt, job, siblings, now, max_tries)
    attempt.taken = False
    if not isinstance(evidence, _SAID_BY_NO_SENDER):
        job.let_go(died=isinstance(evidence, OutcomeUnknown) and evidence.abandoned)


def _follow(  # noqa: C901 - one branch for each kind of evidence
    evidence: Evidence,
    attempt: Attempt,
    job: Job,
    siblings: Sequence[Attempt],
    now: float,
    max_tries: int,
) -> None:
    match evidence:
        case Accepted():
            _accepted(evidence, attempt, job, siblings, now)
        case Answered():
            _answered(evidence, attempt, job, siblings, now)
        case Charged():
            attempt.learn(evidence.provider_id, spent=evidence.spent, reported=evidence.cost)
        case Failed():
            _failed(evidence, attempt, job, siblings, now, max_tries)
        case Refused():
            _refused(evidence, attempt, job, siblings, now, max_tries)
        case NotSent():
            _not_sent(evidence, attempt, job, siblings, now)
        case OutcomeUnknown():
            _outcome_unknown(evidence, attempt)
        case Withheld():
            _withheld(evidence, attempt, now)
        case Overdue() | Gone():
            _given_up(evidence, attempt, job, siblings, now, max_tries)
        case Absent() | Lost() | WrittenOff():
            _search_ended(evidence, attempt, job, siblings, now, max_tries)


def _accepted(
    evidence: Accepted, attempt: Attempt, job: Job, siblings: Sequence[Attempt], now: float
) -> None:
    attempt.learn(evidence.provider_id, reported=evidence.cost)
    attempt.posted_at = attempt.posted_at or now
    if attempt.method is Method.LIVE:
        # P19: its answer came with its reply or never; the list only knows what it cost.
        return
    if attempt.state in _UNDECIDED:
        attempt.state = AttemptState.SENT
    elif attempt.state is AttemptState.SETTLED:
        attempt.look_for_twins(now + (evidence.look_in_s or 0.0))
    elif attempt.state in _WRITTEN_OFF or (attempt.state in _ENDED and attempt.pending() is not None):
        # P10, P11: it turns up after all, perhaps beside the attempt that replaced it.
        attempt.state = AttemptState.LATE
        attempt.provider_id = attempt.pending() or attempt.provider_id
        alone = not any(other.is_open for other in siblings)
        if alone and job.state in (JobState.QUEUED, JobState.CLAIMED):
            job.state = JobState.IN_FLIGHT
    if attempt.due_at is None and attempt.state in (AttemptState.SENT, AttemptState.LATE):
        attempt.due_at = now + (evidence.look_in_s or 0.0)


def _answered(
    evidence: Answered, attempt: Attempt, job: Job, siblings: Sequence[Attempt], now: float
) -> None:
    told = "reported" if attempt.method is Method.LIVE else "said"
    attempt.learn(evidence.provider_id, answered=True, spent=evidence.spent, **{told: evidence.cost})
    if attempt.state is AttemptState.SETTLED:
        attempt.look_for_twins(now)
        return
    attempt.state, attempt.status_code = AttemptState.SETTLED, evidence.status_code
    attempt.look_for_twins(now)
    attempt.provider_id = evidence.provider_id
    # A time that was carried on runs a little ahead: nothing is received after it was settled.
    attempt.received_at, attempt.settled_at = min(evidence.received_at, now), now
    attempt.waste = not job.take_answer(attempt.id)
    if not attempt.waste:
        job.status_code = evidence.status_code
        for other in siblings:
            if other.state is AttemptState.SENDING:
                other.state = AttemptState.REJECTED


def _failed(
    evidence: Failed, attempt: Attempt, job: Job, siblings: Sequence[Attempt], now: float, max_tries: int
) -> None:
    # Each fact is only added: a failure told in both ways keeps both, in whatever order they came (P7).
    ended = {"expired" if evidence.expired else "failed": True}
    attempt.learn(evidence.provider_id, said=evidence.cost, **ended)
    if attempt.state is AttemptState.SETTLED:
        attempt.look_for_twins(attempt.due_at)
    if attempt.state is AttemptState.REJECTED:
        # It was charged after all, so it was one of the tries that may be paid for (P16).
        job.count_paid(reason=Reason.FAILED, max_tries=max_tries)
    pending = attempt.pending()
    if attempt.state in (AttemptState.OVERDUE, *_WRITTEN_OFF) and pending is None:
        attempt.state = AttemptState.EXPIRED if evidence.expired else AttemptState.FAILED
    if attempt.state not in _WAITED_FOR:
        return
    if pending is not None:
        # P10: the other task under this tag may still be answered.
        attempt.provider_id = pending
        return
    attempt.state = AttemptState.EXPIRED if evidence.expired else AttemptState.FAILED
    attempt.status_code, attempt.due_at = evidence.status_code, None
    if _awaited(siblings):
        return
    reason = Reason.EXPIRED if evidence.expired else Reason.FAILED
    job.hear(evidence.status_code)
    due_at = now + evidence.retry_in_s
    job.retry(due_at=due_at, reason=reason, max_tries=max_tries if evidence.may_retry else 0)


def _not_sent(evidence: NotSent, attempt: Attempt, job: Job, siblings: Sequence[Attempt], now: float) -> None:
    if attempt.state is AttemptState.SENDING:
        attempt.state = AttemptState.REJECTED
        if not _awaited(siblings):
            job.give_back(due_at=now + evidence.retry_in_s)


def _outcome_unknown(evidence: OutcomeUnknown, attempt: Attempt) -> None:
    attempt.told = attempt.told or evidence.cost
    if attempt.state is AttemptState.SENDING:
        attempt.state, attempt.status_code = AttemptState.UNKNOWN, evidence.status_code


def _search_ended(
    evidence: Absent | Lost | WrittenOff,
    attempt: Attempt,
    job: Job,
    siblings: Sequence[Attempt],
    now: float,
    max_tries: int,
) -> None:
    seen = evidence.seen if isinstance(evidence, WrittenOff) else AttemptState.UNKNOWN
    if attempt.state is not seen:
        return  # P7: this is a permission; what was found meanwhile wins.
    if seen is not AttemptState.UNKNOWN:
        # P20: the provider has it, so it is not absent, and its advance stays held.
        _given_up(Overdue(attempt_id=attempt.id), attempt, job, siblings, now, max_tries)
        return
    live = attempt.method is Method.LIVE
    attempt.state = AttemptState.LOST if live else AttemptState.ABSENT
    if _awaited(siblings):
        return
    reason = Reason.LOST_LIVE if live else Reason.LOST
    if evidence.retry_in_s is None:
        job.give_up(reason)
    else:
        # The operator's word counts a paid try and is not held to how many there may be.
        most = job.tries + 2 if isinstance(evidence, WrittenOff) else max_tries
        job.retry(due_at=now + evidence.retry_in_s, reason=reason, max_tries=most)


def _withheld(evidence: Withheld, attempt: Attempt, now: float) -> None:
    if attempt.state in (AttemptState.SENT, AttemptState.WITHHELD):
        attempt.state, attempt.due_at = AttemptState.WITHHELD, now + evidence.look_in_s
    elif attempt.state is AttemptState.LATE:
        # It stays outside P5's index, where its replacement may be.
        attempt.due_at = now + evidence.look_in_s


def _given_up(
    evidence: Overdue | Gone,
    attempt: Attempt,
    job: Job,
    siblings: Sequence[Attempt],
    now: float,
    max_tries: int,
) -> None:
    # Nothing is learned of its money: the provider has not said that it failed.
    if attempt.state is AttemptState.SETTLED:
        attempt.due_at = None
    if attempt.state not in _LOOKED_AT:
        return
    attempt.state = AttemptState.EXPIRED if isinstance(evidence, Gone) else AttemptState.OVERDUE
    attempt.status_code, attempt.due_at = evidence.status_code or attempt.status_code, None
    if _awaited(siblings):
        return
    job.hear(attempt.status_code)
    if isinstance(evidence, Gone):
        job.retry(due_at=now + evidence.retry_in_s, reason=Reason.EXPIRED, max_tries=max_tries)
    else:
        job.give_up(Reason.OVERDUE)


def _awaited(siblings: Sequence[Attempt]) -> bool:
    """Whether another attempt may still bring the answer: then nothing new is paid for (P4, P11)."""
    return any(other.state in WATCHED_ATTEMPT for other in siblings)


def _refused(
    evidence: Refused, attempt: Attempt, job: Job, siblings: Sequence[Attempt], now: float, max_tries: int
) -> None:
    if evidence.cost:
        # Only a reported cost of exactly zero was never charged (P8).
        attempt.learn(evidence.provider_id or f"refused:{attempt.id}", reported=evidence.cost, accepted=False)
    if attempt.state not in _UNDECIDED:
        return
    attempt.state = AttemptState.FAILED if evidence.cost else AttemptState.REJECTED
    attempt.status_code = evidence.status_code
    job.hear(evidence.status_code)
    if _awaited(siblings):
        return
    if evidence.retry_in_s is None:
        job.give_up(evidence.reason)
    elif evidence.counts or evidence.cost:
        job.retry(due_at=now + evidence.retry_in_s, reason=evidence.reason, max_tries=max_tries)
    else:
        job.give_back(due_at=now + evidence.retry_in_s)
