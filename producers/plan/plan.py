"""What a campaign would send, cost and take, before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from producers.campaign.spec import CampaignSpec
from producers.plan.errors import ModelsDoubtful
from producers.plan.estimate import Estimate, estimate, job_groups
from producers.plan.file_warnings import file_warnings
from producers.plan.job_group import JobGroup
from producers.plan.model_check import doubts, list_notes, notes_of
from producers.plan.outlook import Outlook
from producers.plan.plan_warnings import plan_warnings
from producers.plan.survey import Survey, survey
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform

__all__ = ["Plan", "make_plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Counts, costs and times of a campaign that was not sent."""

    campaign: str
    prompts: Survey
    repeats: int
    estimate: Estimate
    skips_refused: bool
    warnings: tuple[str, ...]
    """What somebody should know before it is sent, a sentence each."""
    doubts: tuple[str, ...]
    """Those of them that rest on the lists of models, which lag behind, or on having none."""
    notes: tuple[str, ...]
    """What is done otherwise than one might think."""

    @property
    def jobs(self) -> int:
        """Answers that would be paid for."""
        return self.estimate.jobs

    @property
    def can_be_sent(self) -> bool:
        """Whether there is anything to send."""
        return self.jobs > 0

    @property
    def is_refused(self) -> bool:
        """Whether submitting would refuse it as it is."""
        return not self.can_be_sent or (self.prompts.refused_rows > 0 and not self.skips_refused)

    def refuse_doubts(self) -> None:
        """Raise ModelsDoubtful if there are any, for those who trust the lists."""
        if self.doubts:
            more = f" (and {len(self.doubts) - 1} more)" if len(self.doubts) > 1 else ""
            raise ModelsDoubtful(doubt=self.doubts[0] + more)

    def by_platform(self) -> dict[Platform, list[JobGroup]]:
        """The shares of each platform, in the order asked for."""
        found: dict[Platform, list[JobGroup]] = {}
        for share in self.estimate.groups:
            found.setdefault(share.platform, []).append(share)
        return found

    def to_json(self) -> dict[str, Any]:
        """The plan with money as decimal strings in USD and times in seconds."""
        found = self.prompts
        return {
            "campaign": self.campaign,
            "rows": found.rows,
            "duplicates": found.duplicates,
            "blank_lines": found.seen.blank_lines,
            "titles": found.seen.titles,
            "prompt_column": found.seen.prompt_column,
            "refused_rows": found.refused_rows,
            "refused": [{"line": row.line_no, "reason": row.reason} for row in found.refused],
            "refuses": self.is_refused,
            "repeats": self.repeats,
            "jobs": self.jobs,
            "answers": sum(found.answers.values()),
            "platforms": {
                platform.value: _platform_json(of_it) for platform, of_it in self.by_platform().items()
            },
            **self.estimate.to_json(),
            "warnings": list(self.warnings),
            "notes": list(self.notes),
        }


def make_plan(spec: CampaignSpec, path: Path, outlook: Outlook | None = None, *, keep: bool = False) -> Plan:
    """Read the prompts once and reckon; sends and writes nothing. Raises PromptFileError.

    `keep`: the rows are kept with the survey, for `submit`.
    """
    outlook = outlook or Outlook()
    found = survey(spec, path, keep=keep)
    priced = job_groups(found, outlook.history, outlook.limits)
    figures = estimate(priced, outlook.limits, max_float=spec.max_float)
    unlisted = tuple(list_notes(found.jobs, outlook.models))
    doubted = tuple(doubts(spec, found.jobs, outlook.models))
    warned = (*plan_warnings(spec, found, figures, outlook), *file_warnings(found), *doubted, *notes_of(spec))
    return Plan(
        campaign=spec.name,
        prompts=found,
        repeats=spec.repeats,
        estimate=figures,
        skips_refused=spec.skip_invalid,
        warnings=tuple(dict.fromkeys(warned)),
        doubts=(*unlisted, *doubted),
        notes=(*_assumed(spec), *unlisted, *spec.notes(), *found.notes),
    )


def _assumed(spec: CampaignSpec) -> Iterator[str]:
    if spec.platforms_assumed:
        yield "no --platform given: chat_gpt"


def _platform_json(of_it: list[JobGroup]) -> dict[str, Any]:
    return {
        "method": of_it[0].method.value,
        "models": list(dict.fromkeys(share.model for share in of_it)),
        "jobs": sum(share.jobs for share in of_it),
        "cost": {
            "p50": str(Usd.total(share.cost_p50 for share in of_it)),
            "p90": str(Usd.total(share.cost_p90 for share in of_it)),
        },
        "by_model": [share.to_json() for share in of_it],
    }
