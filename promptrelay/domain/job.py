"""A job as the transitions see it."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.domain.states import TERMINAL_JOB, JobState, Reason, RunState


@dataclass(slots=True)
class Job:
    """One wanted answer: its state and how often it was paid for without one."""

    id: str
    run_id: str
    state: JobState
    run_state: RunState
    due_at: float = 0.0
    tries: int = 0
    reason: Reason | None = None
    status_code: int | None = None
    answered_by: str | None = None

    @property
    def is_terminal(self) -> bool:
        return self.state in TERMINAL_JOB

    def hear(self, status_code: int | None) -> None:
        """Keep the provider's last word on what is still wanted."""
        if self.state is JobState.IN_FLIGHT:
            self.status_code = status_code

    def give_up(self, reason: Reason) -> None:
        """End without an answer; a later one still turns it into done."""
        if self.state is JobState.IN_FLIGHT:
            self.state, self.reason = JobState.FAILED, reason

    def give_back(self, *, due_at: float) -> None:
        """Become due again, or cancelled with its run: closing looks at the run (P28)."""
        if self.state is JobState.IN_FLIGHT:
            cancelled = self.run_state is RunState.CANCELLED
            self.state = JobState.CANCELLED if cancelled else JobState.QUEUED
            self.due_at = due_at

    def retry(self, *, due_at: float, reason: Reason, max_tries: int) -> None:
        """Count a paid try, then become due again or give up (P16)."""
        if self.state is not JobState.IN_FLIGHT:
            return
        self.tries += 1
        if self.tries >= max_tries:
            self.give_up(reason)
        else:
            self.give_back(due_at=due_at)

    def count_paid(self, *, reason: Reason, max_tries: int) -> None:
        """Count a paid try that was taken for a free one; what is not sent yet may be one too many."""
        self.tries += 1
        if self.state in (JobState.QUEUED, JobState.CLAIMED) and self.tries >= max_tries:
            self.state, self.reason = JobState.FAILED, reason

    def take_answer(self, attempt_id: str) -> bool:
        """Whether this is the job's first answer, which then is its own."""
        if self.answered_by is not None:
            return False
        self.state, self.answered_by, self.reason = JobState.DONE, attempt_id, None
        return True
