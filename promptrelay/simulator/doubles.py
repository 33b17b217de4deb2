"""Which jobs were taken twice: the check that a client never pays for the same job twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from promptrelay.simulator.envelope import Json
from promptrelay.simulator.tasks import Task


def job_of(tag: str | None) -> str | None:
    """Reads the job out of a tag `pr.<deployment>.<run>.<job key>.<attempt>`; None for any other tag."""
    if tag is None or not tag.startswith("pr.") or tag.count(".") < 4:
        return None
    return tag.rpartition(".")[0]


@dataclass
class Doubles:
    """Notes each task taken for a job that had one unfinished, or one that had already succeeded."""

    found: list[Json] = field(default_factory=list)
    _open: dict[str, set[str]] = field(default_factory=dict)
    _done: dict[str, str] = field(default_factory=dict)

    def accepted(self, task: Task) -> None:
        """Looks whether the job of a task just taken was taken before and did not fail."""
        job = job_of(task.tag)
        if job is None:
            return
        for earlier in sorted(self._open.get(job, ())):
            self._note(job, task, earlier, "unfinished")
        if job in self._done:
            self._note(job, task, self._done[job], "succeeded")
        self._open.setdefault(job, set()).add(task.id)

    def ended(self, task: Task) -> None:
        """Notes how a task ended; a job whose tasks all failed may be sent again."""
        job = job_of(task.tag)
        if job is None:
            return
        self._open.get(job, set()).discard(task.id)
        if not self._open.get(job):
            self._open.pop(job, None)
        if task.state == "done":
            self._done.setdefault(job, task.id)

    def _note(self, job: str, task: Task, earlier: str, was: str) -> None:
        self.found.append(
            {"job": job, "earlier": earlier, "earlier_was": was, "id": task.id, "tag": task.tag}
        )
