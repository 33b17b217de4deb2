"""A run's progress on a terminal, or as plain lines where there is none."""

from __future__ import annotations

import math
from collections import deque
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from promptrelay.books.progress import Progress
from promptrelay.cli.shown.provider_words import provider_lines
from promptrelay.domain.clock import Clock
from promptrelay.domain.states import JobState

LINE_EVERY_S = 5.0
RATE_WINDOW_S = 30.0
_JOB_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.IN_FLIGHT, JobState.QUEUED)


class Rate:
    """Jobs ended a second over the last half minute."""

    def __init__(self, window_s: float = RATE_WINDOW_S) -> None:
        self._window_s = window_s
        self._seen: deque[tuple[float, int]] = deque()

    def add(self, moment: float, ended: int) -> None:
        """Note how many had ended at a moment of a clock that nobody sets."""
        self._seen.append((moment, ended))
        while len(self._seen) > 2 and self._seen[1][0] <= moment - self._window_s:
            self._seen.popleft()

    @property
    def per_s(self) -> float:
        """0 until two moments are known."""
        if len(self._seen) < 2:
            return 0.0
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        return (after - before) / (end - start) if end > start else 0.0

    def eta_s(self, left: int) -> float:
        """Seconds until as many more have ended; infinite while nothing ends."""
        return left / self.per_s if self.per_s > 0 else math.inf


class ProgressDisplay:
    """Shows progress while its block lasts: live on a terminal, else a plain line now and then."""

    def __init__(self, console: Console, clock: Clock, *, live_slots: int = 30) -> None:
        self._console = console
        self._clock = clock
        self._live_slots = live_slots
        self._rate = Rate()
        self._live = (
            Live(console=console, auto_refresh=False, transient=True) if console.is_terminal else None
        )
        self._line_at = -math.inf
        self._last_line = ""
        self._last_note: str | None = None
        self._said_codes: set[int] = set()
        self._last_waits: tuple[str, ...] = ()

    def __enter__(self) -> ProgressDisplay:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, progress: Progress) -> None:
        """Show it; off a terminal only every few seconds and only if something changed."""
        moment = self._clock.boottime()
        self._rate.add(moment, progress.ended)
        if self._live:
            self._live.update(_panel(progress, self._rate, self._live_slots), refresh=True)
            return
        self._say_note(progress)
        self._say_codes(progress)
        if moment - self._line_at >= LINE_EVERY_S:
            self._line_at = moment
            self._print(progress_line(progress, self._rate))

    def _say_note(self, progress: Progress) -> None:
        """Why nothing is sent, and what is waited for, is said at once, and once."""
        if progress.account_note != self._last_note:
            self._last_note = progress.account_note
            self._print(progress.account_note or "the provider account sends again")
        if tuple(progress.waits) != self._last_waits:
            self._last_waits = tuple(progress.waits)
            self._print("; ".join(progress.waits) or "what was waited for is there again")

    def _say_codes(self, progress: Progress) -> None:
        """A code that the provider begins to give is said once."""
        new = [words for words in progress.provider_says if words["code"] not in self._said_codes]
        self._said_codes |= {words["code"] for words in new}
        for line in provider_lines(new):
            self._print(line)

    def _print(self, line: str) -> None:
        if line != self._last_line:
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
            self._last_line = line


def progress_line(progress: Progress, rate: Rate) -> str:
    """The progress on one plain line."""
    parts = [
        f"{progress.campaign} {progress.state}" + (f" ({progress.reason})" if progress.reason else ""),
        f"{progress.ended:,} of {progress.total:,} jobs",
        *_states(progress, (JobState.FAILED, JobState.IN_FLIGHT)),
        f"{rate.per_s:.1f}/s",
        f"out ${progress.charged}, back ${progress.refunded}, held ${progress.held}",
        _eta(progress, rate),
    ]
    return "; ".join(part for part in parts if part)


def _panel(progress: Progress, rate: Rate, live_slots: int) -> RenderableType:
    title = Text.assemble((progress.campaign, "bold"), f"  {progress.run_id}  {progress.state}")
    if progress.reason:
        title.append(f" ({progress.reason})", style="yellow")
    bar = ProgressBar(total=max(progress.total, 1), completed=progress.ended, width=60)
    grid = Table.grid(padding=(0, 2))
    grid.add_row("jobs", ", ".join(_states(progress, _JOB_STATES)))
    grid.add_row("speed", "; ".join(filter(None, (f"{rate.per_s:.1f} a second", _eta(progress, rate)))))
    if progress.live_in_flight:
        slots = (f"{name} {count}/{live_slots}" for name, count in sorted(progress.live_in_flight.items()))
        grid.add_row("live", ", ".join(slots))
    grid.add_row(
        "money",
        f"${progress.charged} out, ${progress.refunded} back, ${progress.held} held, ${progress.net} net",
    )
    if progress.account_note:
        grid.add_row("account", Text(progress.account_note, style="yellow"))
    for line in provider_lines(progress.provider_says):
        grid.add_row("provider", Text(line, style="yellow"))
    for wait in progress.waits:
        grid.add_row("", Text(wait, style="yellow"))
    return Group(title, bar, grid)


def _states(progress: Progress, states: tuple[JobState, ...]) -> list[str]:
    counts = {state: progress.jobs.get(state, 0) for state in states}
    return [f"{count:,} {state.replace('_', ' ')}" for state, count in counts.items() if count]


def _eta(progress: Progress, rate: Rate) -> str:
    left = progress.total - progress.ended
    seconds = rate.eta_s(left)
    if not left or math.isinf(seconds):
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"about {hours}:{minutes:02}:{rest:02} left"
