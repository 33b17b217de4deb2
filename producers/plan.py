"""What a campaign would send, cost and take, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from producers.campaign import CampaignSpec
from producers.estimate import Estimate, estimate
from producers.survey import Survey, survey
from promptrelay.domain.platform import Method, Platform

__all__ = ["Plan", "PlatformPlan", "make_plan"]


@dataclass(frozen=True, slots=True)
class PlatformPlan:
    """The jobs of one platform."""

    platform: Platform
    method: Method
    models: tuple[str, ...]
    jobs: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Counts, costs and times of a campaign that was not sent."""

    campaign: str
    prompts: Survey
    repeats: int
    platforms: tuple[PlatformPlan, ...]
    estimate: Estimate
    notes: tuple[str, ...]

    @property
    def jobs(self) -> int:
        """Answers that would be paid for."""
        return sum(platform.jobs for platform in self.platforms)

    @property
    def can_be_sent(self) -> bool:
        """Whether there is anything to send."""
        return self.jobs > 0

    def to_json(self) -> dict[str, Any]:
        """The plan with money as decimal strings in USD and times in seconds."""
        return {
            "campaign": self.campaign,
            "rows": self.prompts.rows,
            "duplicates": self.prompts.duplicates,
            "blank_lines": self.prompts.blank_lines,
            "refused_rows": self.prompts.refused_rows,
            "refused": [{"line": row.line_no, "reason": row.reason} for row in self.prompts.refused],
            "repeats": self.repeats,
            "jobs": self.jobs,
            "platforms": {
                p.platform.value: {"method": p.method.value, "models": list(p.models), "jobs": p.jobs}
                for p in self.platforms
            },
            **self.estimate.to_json(),
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        """The plan as plain text for people."""
        return "\n".join([*self._counts(), "", *self.estimate.lines(), *self._notes()])

    def _counts(self) -> list[str]:
        found = self.prompts
        lines = [f"{self.campaign}: {found.rows:,} prompts", ""]
        for p in self.platforms:
            lines.append(f"  {p.platform:<12}{p.method:<10}{p.jobs:>10,}  {', '.join(p.models)}")
        lines.append(f"  {'together':<22}{self.jobs:>10,}")
        if found.duplicates:
            lines.append(f"  {found.duplicates:,} rows repeat an earlier prompt")
        if found.refused_rows:
            lines.append(f"  {found.refused_rows:,} rows cannot be sent:")
            lines += (f"    line {row.line_no}: {row.reason}" for row in found.refused[:20])
        return lines

    def _notes(self) -> list[str]:
        return ["", *(f"Note: {note}" for note in self.notes)] if self.notes else []


def make_plan(spec: CampaignSpec, path: Path, *, calls_per_minute: int = 2_000, live_slots: int = 30) -> Plan:
    """Read the file once and reckon; sends and writes nothing. Raises PromptFileError."""
    found = survey(spec, path)
    platforms = tuple(
        PlatformPlan(
            platform,
            spec.method_of(platform),
            tuple(spec.models[platform]),
            sum(count for target, count in found.jobs.items() if target[0] == platform),
        )
        for platform in spec.platforms
    )
    jobs = {p.platform: (p.method, p.jobs) for p in platforms}
    figures = estimate(
        jobs, max_float=spec.max_float, calls_per_minute=calls_per_minute, live_slots=live_slots
    )
    return Plan(spec.name, found, spec.repeats, platforms, figures, (*spec.notes(), *found.notes))
